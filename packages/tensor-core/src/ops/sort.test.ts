import { expect, test } from 'vitest';

import { ArgumentError, argsort, cumsum, ShapeError, sort, tensor, topk } from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const x = tensor([2, NaN, 1, 2, -1, 1], [6], { device });

test('equal elements keep their order in both directions, and NaN counts as greatest', async () => {
  expect([...(await argsort(x).data())]).toEqual([4, 2, 5, 0, 3, 1]);
  const [values, indices] = sort(x, 0, { descending: true });
  expect([...(await indices.data())]).toEqual([1, 0, 3, 2, 5, 4]);
  expect([...(await values.data())]).toEqual([NaN, 2, 2, 1, 1, -1]);
});

test('topk gives the best first and sends the gradient to where they came from', async () => {
  const rows = tensor([3, 1, 2, 4, 6, 5], [2, 3], { device, requiresGrad: true });
  const [values, indices] = topk(rows, 2);
  expect([...(await values.data())]).toEqual([3, 2, 6, 5]);
  expect([...(await indices.data())]).toEqual([0, 2, 1, 2]);
  values.backward(tensor([1, 10, 100, 1000], [2, 2], { device }));
  expect([...(await rows.grad!.data())]).toEqual([1, 0, 10, 0, 100, 1000]);
  const [least] = topk(rows, 1, 0, { largest: false });
  expect([...(await least.data())]).toEqual([3, 1, 2]);
});

test('cumsum adds up along its axis, integers as int32', async () => {
  const rows = tensor([1, 2, 3, 4, 5, 6], [2, 3], { device, requiresGrad: true });
  const sums = cumsum(rows, 1);
  expect([...(await sums.data())]).toEqual([1, 3, 6, 4, 9, 15]);
  sums.backward(tensor([1, 10, 100, 1, 10, 100], [2, 3], { device }));
  expect([...(await rows.grad!.data())]).toEqual([111, 110, 100, 111, 110, 100]);
  const bytes = cumsum(tensor([200, 100], [2], { device, dtype: 'uint8' }), 0);
  expect([bytes.dtype, ...(await bytes.data())]).toEqual(['int32', 200, 300]);
});

test('topk and sort refuse what is not there', () => {
  expect(() => topk(x, 7)).toThrow('topk: expected k from 0 to 6, the elements of axis 0, got 7');
  expect(() => topk(x, 1.5)).toThrow(ArgumentError);
  expect(() => sort(x, 1)).toThrow(ShapeError);
});
