import { expect, test } from 'vitest';

import {
  DTypeError,
  gather,
  IndexRangeError,
  indexSelect,
  oneHot,
  scatter,
  scatterAdd,
  ShapeError,
  tensor,
  zeros,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const index = (values: number[], shape = [values.length]) =>
  tensor(values, shape, { device, dtype: 'int32' });

test('scatter writes over, the last of equal positions stays; scatterAdd adds them up', async () => {
  const x = tensor([1, 1, 1, 1], [4], { device });
  const source = tensor([10, 20, 30], [3], { device });
  expect([...(await scatter(x, 0, index([2, 0, 2]), source).data())]).toEqual([20, 1, 30, 1]);
  expect([...(await scatterAdd(x, 0, index([2, 0, 2]), source).data())]).toEqual([21, 1, 41, 1]);
  expect([...(await x.data())]).toEqual([1, 1, 1, 1]);
});

test('the gradient of scatter leaves out what was written over', async () => {
  const x = tensor([1, 2, 3], [3], { device, requiresGrad: true });
  const source = tensor([9], [1], { device, requiresGrad: true });
  scatter(x, 0, index([1]), source).backward(tensor([1, 10, 100], [3], { device }));
  expect([...(await x.grad!.data())]).toEqual([1, 0, 100]);
  expect([...(await source.grad!.data())]).toEqual([10]);
});

test('indexSelect takes slices, and repeated ones add up their gradients', async () => {
  const x = tensor([1, 2, 3, 4, 5, 6], [3, 2], { device, requiresGrad: true });
  const y = indexSelect(x, 0, index([2, 0, 2]));
  expect([...(await y.data())]).toEqual([5, 6, 1, 2, 5, 6]);
  y.backward(tensor([1, 2, 3, 4, 5, 6], [3, 2], { device }));
  expect([...(await x.grad!.data())]).toEqual([3, 4, 0, 0, 6, 8]);
});

test('oneHot makes a last axis of classes', async () => {
  const y = oneHot(index([2, 0]), 3);
  expect([y.shape, [...(await y.data())]]).toEqual([
    [2, 3],
    [0, 0, 1, 1, 0, 0],
  ]);
});

test('a position outside the axis is an error that names it', () => {
  const x = zeros([2, 3], { device });
  expect(() => gather(x, 1, index([0, 3], [2, 1]))).toThrow(
    'gather: index 3 is out of range: expected 0 to 2 for the 3 elements of axis 1',
  );
  expect(() => scatter(x, 0, index([-1], [1, 1]), 1)).toThrow(IndexRangeError);
  expect(() => oneHot(index([3]), 3)).toThrow(IndexRangeError);
});

test('an index of another type or shape is refused', () => {
  const x = zeros([2, 3], { device });
  expect(() => scatter(x, 0, zeros([1, 1], { device }), 1)).toThrow(DTypeError);
  expect(() => scatter(x, 0, index([0, 0, 0, 0], [1, 4]), 1)).toThrow(ShapeError);
  expect(() => scatterAdd(x, 0, index([0, 0], [1, 2]), zeros([1, 1], { device }))).toThrow(
    "scatterAdd: expected a source of at least the index's shape [1, 2], got [1, 1]",
  );
  expect(() => indexSelect(x, 0, index([0], [1, 1]))).toThrow(ShapeError);
});
