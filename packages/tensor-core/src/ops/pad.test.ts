import { expect, test } from 'vitest';

import { ArgumentError, conv, ones, pad, ShapeError, tensor, type PaddingMode } from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const line = tensor([1, 2, 3, 4], [1, 1, 4], { device });

test.each<[PaddingMode | number, number[]]>([
  ['zeros', [0, 0, 1, 2, 3, 4, 0, 0, 0]],
  [7, [7, 7, 1, 2, 3, 4, 7, 7, 7]],
  ['reflect', [3, 2, 1, 2, 3, 4, 3, 2, 1]],
  ['replicate', [1, 1, 1, 2, 3, 4, 4, 4, 4]],
  ['circular', [3, 4, 1, 2, 3, 4, 1, 2, 3]],
])('pad with %s', async (fill, expected) => {
  expect([...(await pad(line, [[2, 3]], fill).data())]).toEqual(expected);
});

test('elements that stand on both sides get the gradient of every copy', async () => {
  const x = tensor([1, 2, 3], [1, 1, 3], { device, requiresGrad: true });
  const y = pad(x, [[1, 2]], 'reflect');
  y.backward(tensor([1, 10, 100, 1000, 10_000, 100_000], [1, 1, 6], { device }));
  expect([...(await x.grad!.data())]).toEqual([100_010, 10_101, 1000]);
});

test('pad refuses more of its own elements than there are', () => {
  expect(() => pad(line, [[4, 0]], 'reflect')).toThrow(
    "pad: mode 'reflect' by [4, 0] needs at least 5 elements on axis 2, got [1, 1, 4]",
  );
  expect(() => pad(line, [[0, 5]], 'circular')).toThrow(ShapeError);
  expect(() => pad(line, [[-1, 0]], 'replicate')).toThrow(ArgumentError);
  expect(() => pad(line, [[0.5, 0]])).toThrow(ArgumentError);
  expect(() => pad(line, [[0, 0]], 'mirror' as PaddingMode)).toThrow(ArgumentError);
});

test('conv pads in the mode that it is told', async () => {
  const weight = ones([1, 1, 3], { device });
  const sums = await conv(line, weight, null, { padding: 1, paddingMode: 'circular' }).data();
  expect([...sums]).toEqual([7, 6, 9, 8]);
  const same = conv(line, weight, null, { padding: 'same', paddingMode: 'reflect' });
  expect([...(await same.data())]).toEqual([5, 6, 9, 10]);
});
