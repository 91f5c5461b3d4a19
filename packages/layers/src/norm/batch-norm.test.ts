import { assign, batchNorm, tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { BatchNorm } from './batch-norm.ts';

const device = reference();
const batch = (values: readonly number[]) => tensor(values, [values.length, 1, 1], { device });

test('running statistics move by the momentum, with the unbiased variance', async () => {
  const layer = new BatchNorm(1, 1, { device, momentum: 0.25 });
  layer.forward(batch([1, 3, 5, 7]));
  expect(await layer.running_mean!.item()).toBeCloseTo(0.25 * 4, 6);
  expect(await layer.running_var!.item()).toBeCloseTo(0.75 + 0.25 * (20 / 3), 5);
  expect(await layer.num_batches_tracked!.item()).toBe(1);
});

test('momentum null averages over all batches, also after loading', async () => {
  const layer = new BatchNorm(1, 1, { device, momentum: null });
  layer.forward(batch([0, 2]));
  layer.forward(batch([4, 8]));
  expect(await layer.running_mean!.item()).toBeCloseTo((1 + 6) / 2, 6);
  const copy = new BatchNorm(1, 1, { device, momentum: null });
  await copy.loadStateDict(layer.stateDict());
  copy.forward(batch([10, 12]));
  expect(await copy.running_mean!.item()).toBeCloseTo((1 + 6 + 11) / 3, 5);
});

test('momentum null counts on from whatever was put into its counter', async () => {
  const layer = new BatchNorm(1, 1, { device, momentum: null });
  const copy = new BatchNorm(1, 1, { device, momentum: null });
  layer.forward(batch([0, 2]));
  layer.forward(batch([4, 8]));
  // Neither is awaited: the next batch counts on.
  void copy.loadStateDict(layer.stateDict());
  copy.forward(batch([10, 12]));
  // The numbers of PyTorch.
  expect(await copy.running_mean!.item()).toBeCloseTo(6, 6);
  expect(await copy.running_var!.item()).toBeCloseTo(4, 6);
  for (const [key, t] of layer.stateDict()) assign(copy.stateDict().get(key)!, t);
  copy.forward(batch([10, 12]));
  expect(await copy.running_mean!.item()).toBeCloseTo(6, 6);
  expect(await copy.num_batches_tracked!.item()).toBe(3);
});

test('momentum null needs a counter', () => {
  const [mean, variance] = [tensor([0], { device }), tensor([1], { device })];
  const state = { weight: null, bias: null, runningMean: mean, runningVar: variance };
  expect(() => batchNorm(batch([1, 2]), state, { training: true, momentum: null })).toThrow(
    'batchNorm: expected batchesTracked, which counts the batches, with momentum null',
  );
  expect(batchNorm(batch([1, 2]), state, { training: false, momentum: null }).shape).toEqual([
    2, 1, 1,
  ]);
});

test('evaluation uses the running statistics and leaves them alone', async () => {
  const layer = new BatchNorm(1, 1, { device });
  layer.eval();
  const y = await layer.forward(batch([2, 4])).data();
  expect(y[0]).toBeCloseTo(2 / Math.sqrt(1 + 1e-5), 6);
  expect(await layer.num_batches_tracked!.item()).toBe(0);
});

test('one value per channel cannot be normalised in training', () => {
  const layer = new BatchNorm(1, 3, { device });
  expect(() => layer.forward(tensor([1, 2, 3], [1, 3, 1], { device }))).toThrow(
    'expected more than one value per channel when training',
  );
});
