import { expect, test } from 'vitest';

import {
  ArgumentError,
  batchNorm,
  DTypeError,
  groupNorm,
  instanceNorm,
  layerNorm,
  ones,
  rmsNorm,
  ShapeError,
  squash,
  tensor,
  zeros,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const rows = tensor([0.5, -1, 2, 0, 3, -2, 0.25, 1], [2, 4], { device });

/** To four places, as expected values are written. */
const rounded = (values: ArrayLike<number>): number[] =>
  Array.from(values, (value) => Number(value.toFixed(4)) + 0);

// Expected values are PyTorch's.

test('groupNorm takes each group of each sample by itself', async () => {
  const y = groupNorm(tensor(await rows.data(), [1, 4, 2], { device }), 2);
  expect(rounded(await y.data())).toEqual([
    0.1155, -1.2702, 1.5011, -0.3464, 1.3628, -1.4327, -0.1747, 0.2446,
  ]);
});

test('layerNorm scales and shifts each position', async () => {
  const weight = tensor([1, 2, 3, 4], { device });
  const bias = tensor([0, 1, 0, -1], { device });
  expect(rounded(await layerNorm(rows, 4, { weight, bias }).data())).toEqual([
    0.1155, -1.5403, 4.5033, -2.3856, 1.3628, -1.8653, -0.5241, -0.0216,
  ]);
});

test('rmsNorm divides by the root of the mean square', async () => {
  const y = await rmsNorm(rows, [4]).data();
  expect(rounded(y.slice(0, 4))).toEqual([0.4364, -0.8729, 1.7457, 0]);
});

test('instanceNorm folds the mean over the samples into the running statistics', async () => {
  const x = tensor(
    Array.from({ length: 12 }, (_, i) => i * i),
    [2, 2, 3],
    { device, dtype: 'float32' },
  );
  const runningMean = zeros([2], { device });
  const runningVar = ones([2], { device });
  const state = { weight: null, bias: null, runningMean, runningVar };
  const y = await instanceNorm(x, state, { momentum: 0.5 }).data();
  expect(rounded(y.slice(0, 3))).toEqual([-0.9806, -0.3922, 1.3728]);
  expect(rounded(await runningMean.data())).toEqual([12.8333, 29.3333]);
  expect(rounded(await runningVar.data())).toEqual([50.6667, 116.6667]);
  const fixed = await instanceNorm(x, state, { useInputStats: false }).data();
  expect(fixed[0]).toBeCloseTo(-12.833334 / Math.sqrt(50.666668), 4);
});

test('squash gives length l² / (1 + l²), and 0 with a gradient of 0 for 0', async () => {
  const x = tensor([3, 4, 0, 0], [2, 2], { device, requiresGrad: true });
  const y = squash(x);
  expect(rounded(await y.data())).toEqual(rounded([(0.6 * 25) / 26, (0.8 * 25) / 26, 0, 0]));
  y.backward(ones([2, 2], { device }));
  expect(Array.from((await x.grad!.data()).slice(2))).toEqual([0, 0]);
});

test('an empty batch has an empty result in training too', async () => {
  const x = zeros([0, 3, 2], { device, requiresGrad: true });
  const weight = ones([3], { device, requiresGrad: true });
  const runningMean = ones([3], { device });
  const y = batchNorm(x, { weight, bias: null, runningMean, runningVar: null }, { training: true });
  expect(y.shape).toEqual([0, 3, 2]);
  y.backward(zeros([0, 3, 2], { device }));
  expect([...(await weight.grad!.data())]).toEqual([0, 0, 0]);
  expect([...(await runningMean.data())]).toEqual([1, 1, 1]);
});

test('what does not fit is refused by name', () => {
  const x = zeros([2, 6, 3], { device });
  expect(() => groupNorm(x, 4)).toThrow('groupNorm: 6 channels do not divide into 4 groups');
  expect(() => groupNorm(x, 1.5)).toThrow(ArgumentError);
  expect(() => groupNorm(x, 2, { epsilon: NaN })).toThrow(ArgumentError);
  expect(() => groupNorm(x, 2, { weight: ones([3], { device }) })).toThrow(
    'groupNorm of [2, 6, 3]: expected weight [6], got [3]',
  );
  expect(() => groupNorm(x, 2, { bias: zeros([6], { device, dtype: 'int32' }) })).toThrow(
    DTypeError,
  );
  expect(() => layerNorm(x, [6, 4])).toThrow(
    'layerNorm: expected input [..., 6, 4] for normalizedShape [6, 4], got [2, 6, 3]',
  );
  const nothing = { weight: null, bias: null, runningMean: null, runningVar: null };
  expect(() => instanceNorm(zeros([2, 3, 1], { device }), nothing)).toThrow(ShapeError);
});
