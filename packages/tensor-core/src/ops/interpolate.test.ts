import { expect, test } from 'vitest';

import {
  ArgumentError,
  DTypeError,
  gridSample,
  InputTooSmallError,
  interpolate,
  ShapeError,
  tensor,
  zeros,
  type GridSampleOptions,
  type InterpolateOptions,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const image = tensor([1, 2, 3, 4, 5, 6, 7, 9], [1, 1, 2, 4], { device });
const signal = tensor([0, 1, 2, 3], [1, 1, 4], { device });

// Expected values are those of torch.nn.functional.interpolate and grid_sample.

test.each<[InterpolateOptions, number[]]>([
  [
    { size: [3, 6], mode: 'bilinear' },
    [
      1, 1.5, 2.166667, 2.833333, 3.5, 4, 3, 3.5, 4.166667, 4.833333, 5.75, 6.5, 5, 5.5, 6.166667,
      6.833333, 8, 9,
    ],
  ],
  [
    { size: [3, 6], mode: 'bilinear', alignCorners: true },
    [1, 1.6, 2.2, 2.8, 3.4, 4, 3, 3.6, 4.2, 4.8, 5.6, 6.5, 5, 5.6, 6.2, 6.8, 7.8, 9],
  ],
  [{ scaleFactor: 1.5 }, [1, 1, 2, 3, 3, 4, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 9]],
  [
    { scaleFactor: 1.5, mode: 'nearest-exact' },
    [1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 9, 9, 5, 6, 6, 7, 9, 9],
  ],
])('an image interpolated with %o', async (options, expected) => {
  const y = interpolate(image, options);
  expect(y.shape).toEqual([1, 1, 3, 6]);
  (await y.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
});

test('a factor that leaves a remainder steps by itself, or by the ratio of the extents', async () => {
  const options = { scaleFactor: 1.7, mode: 'linear' } as const;
  const own = await interpolate(signal, options).data();
  const ratio = await interpolate(signal, { ...options, recomputeScaleFactor: true }).data();
  expect(own[1]).toBeCloseTo(0.382353, 5);
  expect(own[5]).toBeCloseTo(2.735294, 5);
  expect(ratio[1]).toBeCloseTo(0.5, 5);
  expect(ratio[5]).toBeCloseTo(3, 5);
});

test('interpolate refuses what has no meaning', () => {
  expect(() => interpolate(signal, {})).toThrow(ArgumentError);
  expect(() => interpolate(signal, { size: 3, scaleFactor: 2 })).toThrow(ArgumentError);
  expect(() => interpolate(signal, { scaleFactor: NaN })).toThrow(ArgumentError);
  expect(() => interpolate(signal, { scaleFactor: 0.1 })).toThrow('leaves nothing of [4]');
  expect(() => interpolate(signal, { size: 2.5 })).toThrow(ArgumentError);
  expect(() => interpolate(signal, { size: 3, mode: 'bilinear' })).toThrow(ShapeError);
  expect(() => interpolate(signal, { size: 3, alignCorners: true })).toThrow(
    "alignCorners has no meaning for mode 'nearest'",
  );
  expect(() => interpolate(zeros([1, 1, 0], { device }), { size: 2 })).toThrow(InputTooSmallError);
  expect(() => interpolate(zeros([1, 1, 4], { device, dtype: 'int32' }), { size: 2 })).toThrow(
    DTypeError,
  );
});

const grid = tensor([-1, -1, 0, 0, 0.5, -0.3, 1.4, 0.9], [1, 1, 4, 2], { device });

test.each<[GridSampleOptions, number[]]>([
  [{}, [0.25, 4.5, 4.4, 0]],
  [{ alignCorners: true }, [1, 4.5, 4.7375, 3.5]],
  [{ paddingMode: 'border' }, [1, 4.5, 4.4, 9]],
  [{ paddingMode: 'border', alignCorners: true }, [1, 4.5, 4.7375, 8.75]],
  [{ paddingMode: 'reflection' }, [1, 4.5, 4.4, 8.4]],
  [{ paddingMode: 'reflection', alignCorners: true }, [1, 4.5, 4.7375, 7.58]],
  [{ mode: 'nearest' }, [1, 3, 3, 0]],
  [{ mode: 'nearest', paddingMode: 'border' }, [1, 3, 3, 9]],
])('gridSample with %o', async (options, expected) => {
  const y = await gridSample(image, grid, options).data();
  expected.forEach((value, i) => expect(y[i]).toBeCloseTo(value, 5));
});

test('gridSample refuses a grid of another rank, batch or type', () => {
  expect(() => gridSample(image, zeros([1, 2, 2, 3], { device }))).toThrow(
    'expected a grid [1, …, …, 2]',
  );
  expect(() => gridSample(image, zeros([2, 2, 2, 2], { device }))).toThrow(ShapeError);
  expect(() => gridSample(image, zeros([1, 2, 2, 2], { device, dtype: 'int32' }))).toThrow(
    DTypeError,
  );
});
