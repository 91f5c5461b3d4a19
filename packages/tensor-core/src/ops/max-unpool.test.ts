import { expect, test } from 'vitest';

import {
  ArgumentError,
  DTypeError,
  InputTooSmallError,
  lpPool,
  maxPool,
  maxPoolWithIndices,
  maxUnpool,
  ones,
  ShapeError,
  tensor,
  zeros,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();

test('maxUnpool puts the maxima back where they were, into an odd extent too', async () => {
  const x = tensor([1, 5, 2, 4, 3], [1, 1, 5], { device, requiresGrad: true });
  const [values, indices] = maxPoolWithIndices(x, 2);
  const y = maxUnpool(values, indices, 2, { outputSize: 5 });
  expect([...(await y.data())]).toEqual([0, 5, 0, 4, 0]);
  y.backward(tensor([1, 10, 100, 1000, 10_000], [1, 1, 5], { device }));
  expect([...(await x.grad!.data())]).toEqual([0, 10, 0, 1000, 0]);
});

test('a maximum of two windows is put back once', async () => {
  const x = tensor([1, 2, 9, 3, 4], [1, 1, 5], { device });
  const [values, indices] = maxPoolWithIndices(x, 3, { stride: 2 });
  const y = maxUnpool(values, indices, 3, { stride: 2 });
  expect([...(await y.data())]).toEqual([0, 0, 9, 0, 0]);
});

test('maxUnpool refuses indices and sizes that no pooling gives', () => {
  const x = ones([1, 1, 2], { device });
  const indices = zeros([1, 1, 2], { device, dtype: 'int32' });
  expect(() => maxUnpool(x, indices, 2, { outputSize: 6 })).toThrow(ArgumentError);
  expect(() => maxUnpool(x, x, 2)).toThrow(DTypeError);
  expect(() => maxUnpool(x, zeros([1, 1, 3], { device, dtype: 'int32' }), 2)).toThrow(ShapeError);
});

test('lpPool of order 2 is the root of the sum of squares', async () => {
  const x = tensor([3, 4, 0, 0, 2], [1, 1, 5], { device, requiresGrad: true });
  const y = lpPool(x, 2, 2);
  expect((await y.data())[0]).toBeCloseTo(5, 5);
  expect((await y.data())[1]).toBe(0);
  y.backward(ones([1, 1, 2], { device }));
  expect((await x.grad!.data())[0]).toBeCloseTo(0.6, 5);
  expect(Array.from((await x.grad!.data()).slice(2))).toEqual([0, 0, 0]);
  expect(() => lpPool(x, 0, 2)).toThrow(ArgumentError);
});

test('a window that would hold no element is refused', () => {
  expect(() => maxPool(ones([1, 1, 2], { device }), 2, { padding: 1, dilation: 3 })).toThrow(
    InputTooSmallError,
  );
  expect(() => maxPool(zeros([1, 1, 0], { device }), 2, { padding: 1 })).toThrow(
    'axis 2 needs at least 1, got 0',
  );
});
