import { expect, test } from 'vitest';

import {
  all,
  any,
  ArgumentError,
  DTypeError,
  logSumExp,
  norm,
  pow,
  prod,
  std,
  tensor,
  variance,
  zeros,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const x = tensor(
  [
    [0.2, -1.5, 3],
    [0.7, 2, -0.4],
  ],
  { device },
);

// Expected values are PyTorch's.

test('variance, std, logSumExp and norm', async () => {
  expect(await variance(x).item()).toBeCloseTo(2.6546667, 6);
  expect((await std(x, 1, { correction: 0 }).data())[0]).toBeCloseTo(1.8553227, 6);
  expect((await logSumExp(x, 1).data())[1]).toBeCloseTo(2.3098712, 6);
  expect(await norm(x, undefined, { p: 3 }).item()).toBeCloseTo(3.3851137, 6);
  expect(await norm(x, undefined, { p: Infinity }).item()).toBe(3);
});

test('logSumExp neither overflows nor loses infinities', async () => {
  const far = tensor(
    [
      [1000, 1000],
      [-Infinity, -Infinity],
      [Infinity, 0],
    ],
    { device },
  );
  const y = await logSumExp(far, 1).data();
  expect(y[0]).toBeCloseTo(1000 + Math.LN2, 3);
  expect(Array.from(y.slice(1))).toEqual([-Infinity, Infinity]);
});

test('gradients at 0 are 0, not NaN', async () => {
  const zero = zeros([3], { device, requiresGrad: true });
  std(zero).backward();
  norm(zero).backward();
  norm(zero, undefined, { p: 0.5 }).backward();
  pow(zero, 0).backward(tensor([1, 1, 1], { device }));
  expect([...(await zero.grad!.data())]).toEqual([0, 0, 0]);
});

test('the gradient of a product with zeros is the product of the others', async () => {
  const rows = tensor([2, 0, 3, 0, 5, 0, 2, 3, 4], [3, 3], { device, requiresGrad: true });
  prod(rows, 1).backward(tensor([1, 1, 1], { device }));
  expect([...(await rows.grad!.data())]).toEqual([0, 6, 0, 0, 0, 0, 12, 8, 6]);
});

test('all and any of nothing are true and false', async () => {
  const none = zeros([2, 0], { device });
  expect([...(await all(none, 1).data()), ...(await any(none, 1).data())]).toEqual([1, 1, 0, 0]);
  expect([await all(x).item(), await any(zeros([2], { device })).item()]).toEqual([1, 0]);
});

test('integers and orders below 0 are refused', () => {
  expect(() => variance(zeros([2], { device, dtype: 'int32' }))).toThrow(DTypeError);
  expect(() => variance(x, 0, { correction: NaN })).toThrow(ArgumentError);
  expect(() => norm(x, 0, { p: -1 })).toThrow(ArgumentError);
});
