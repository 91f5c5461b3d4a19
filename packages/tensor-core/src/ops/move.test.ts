import { expect, test } from 'vitest';

import {
  ArgumentError,
  channelShuffle,
  conv,
  expand,
  pixelShuffle,
  pixelUnshuffle,
  repeat,
  roll,
  select,
  ShapeError,
  slice,
  split,
  tensor,
  tile,
  zeros,
  type Padding,
  type Tensor,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const counted = (...shape: number[]): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    shape,
    { device },
  );
const list = async (x: Tensor): Promise<number[]> => [...(await x.data())];

test('repeat and tile lay copies out', async () => {
  expect(await list(repeat(counted(2), [2, 2]))).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  expect(await list(tile(counted(2, 1), [2]))).toEqual([0, 0, 1, 1]);
  expect(() => repeat(counted(2, 2), [2])).toThrow(ShapeError);
  expect(() => repeat(counted(2), [-1])).toThrow(ArgumentError);
});

test('roll brings back what is pushed over the end', async () => {
  expect(await list(roll(counted(5), 2, 0))).toEqual([3, 4, 0, 1, 2]);
  expect(await list(roll(counted(2, 3), [1, -1], [0, 1]))).toEqual([4, 5, 3, 1, 2, 0]);
  expect(() => roll(counted(5), [1, 2], 0)).toThrow(ArgumentError);
});

test('channelShuffle interleaves the groups', async () => {
  expect(await list(channelShuffle(counted(1, 6), 2))).toEqual([0, 3, 1, 4, 2, 5]);
  expect(() => channelShuffle(counted(1, 6), 4)).toThrow('6 channels do not divide into 4 groups');
});

test('pixelShuffle spreads channels over space, and pixelUnshuffle gathers them', async () => {
  const x = counted(1, 4, 1, 2);
  const y = pixelShuffle(x, 2);
  expect(y.shape).toEqual([1, 1, 2, 4]);
  expect(await list(y)).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  expect(await list(pixelUnshuffle(y, 2))).toEqual(await list(x));
  expect(() => pixelShuffle(counted(1, 3, 2), 2)).toThrow(ArgumentError);
  expect(() => pixelUnshuffle(counted(1, 1, 3), 2)).toThrow(ArgumentError);
});

test('positions and sizes that are no integers are refused', () => {
  const x = counted(4);
  expect(() => slice(x, 0, NaN)).toThrow(ArgumentError);
  expect(() => split(x, 0)).toThrow(ArgumentError);
  expect(() => split(x, [5, -1])).toThrow(ArgumentError);
  expect(() => select(x, 0, 4)).toThrow('select: expected a position from -4 to 3 on axis 0');
  expect(() => expand(counted(1), [1.5])).toThrow(ShapeError);
});

test('conv refuses kernels, padding and biases that fit nothing', () => {
  const x = zeros([1, 2, 4], { device });
  const weight = zeros([2, 2, 3], { device });
  expect(() => conv(x, zeros([2, 2, 0], { device }))).toThrow(ShapeError);
  expect(() => conv(x, weight, null, { padding: 'full' as Padding })).toThrow(ArgumentError);
  expect(() => conv(x, weight, zeros([2], { device, dtype: 'int32' }))).toThrow(
    "conv: expected a bias of the input's type float32, got [2] int32 on reference",
  );
});
