import { DataLoader } from '@convnet/data';
import { Adam, SGD } from '@convnet/optim';
import { clone, crossEntropy, keep, manualSeed, mul, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { evaluate } from '../evaluate.ts';
import { NonFiniteLossError } from '../errors.ts';
import { fit } from './fit.ts';
import { perceptron, quadrants } from '../testing/test-support.ts';

const device = reference();

test('learns what a line cannot separate, and gives all memory back', async () => {
  manualSeed(3);
  const before = device.liveBuffers;
  const model = perceptron(device);
  const optimizer = new Adam(model.parameters(), { learningRate: 0.03 });
  const train = new DataLoader(quadrants(256), { batchSize: 32, shuffle: true, seed: 1, device });
  const test = new DataLoader(quadrants(512), { batchSize: 100, device });
  const losses: number[] = [];
  const reports = await fit(model, {
    train,
    test,
    optimizer,
    epochs: 15,
    onStep: ({ loss }) => losses.push(loss),
  });
  expect(reports).toHaveLength(15);
  expect(reports[14]!.loss).toBeLessThan(reports[0]!.loss / 2);
  expect(reports[14]!.test!.accuracy).toBeGreaterThan(0.9);
  expect(reports[14]!.test!.samples).toBe(512);
  expect(losses).toHaveLength(15 * 8);
  expect(model.training).toBe(true);
  optimizer.zeroGrad();
  optimizer.dispose();
  model.dispose();
  expect(device.liveBuffers).toBe(before);
});

test('a loss that is not finite stops training, names the step and puts good weights back', async () => {
  manualSeed(4);
  const model = perceptron(device);
  const good = new Map<string, Tensor>();
  const train = new DataLoader(quadrants(320), { batchSize: 32, device });
  let step = 0;
  const failure = await fit(model, {
    train,
    optimizer: new SGD(model.parameters(), { learningRate: 0.01 }),
    epochs: 1,
    checkEvery: 2,
    loss: (logits, labels) => {
      step++;
      if (step === 7) for (const [key, t] of model.stateDict()) good.set(key, keep(clone(t)));
      return mul(crossEntropy(logits, labels), step === 7 ? Number.NaN : 1);
    },
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NonFiniteLossError);
  expect((failure as NonFiniteLossError).step).toBe(7);
  expect((failure as NonFiniteLossError).restoredStep).toBe(6);
  for (const [key, t] of model.stateDict())
    expect(await t.data()).toEqual(await good.get(key)!.data());
});

test('evaluate restores each module to the mode it was in', async () => {
  const model = perceptron(device);
  model.getModule('0').eval();
  const result = await evaluate(model, new DataLoader(quadrants(10), { batchSize: 4, device }));
  expect(result.samples).toBe(10);
  expect(model.getModule('0').training).toBe(false);
  expect(model.getModule('2').training).toBe(true);
});

test('an abort signal ends training between two steps', async () => {
  const model = perceptron(device);
  const controller = new AbortController();
  const train = new DataLoader(quadrants(64), { batchSize: 8, device });
  await expect(
    fit(model, {
      train,
      optimizer: new SGD(model.parameters(), { learningRate: 0.01 }),
      epochs: 1,
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 3) controller.abort(new Error('enough'));
      },
    }),
  ).rejects.toThrow('enough');
});
