import { DataLoader, type IterableDataset, type LabelledSample } from '@convnet/data';
import type { Sequential } from '@convnet/layers';
import { SGD } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { Checkpoints, memoryStore } from '../checkpoint/index.ts';
import { evaluate } from '../evaluate.ts';
import { F1Score } from '../metrics/index.ts';
import { predict } from '../predict.ts';
import { progress, tensorBoard } from '../progress/index.ts';
import { perceptron, quadrantPoints, quadrants } from '../testing/test-support.ts';
import { fit } from './fit.ts';
import type { StepReport } from './reports.ts';

const samples = 10;

/** The samples of `quadrants` one after another; it does not say how many. */
const stream = (): IterableDataset<LabelledSample> => ({
  *iterate() {
    const { data, labels } = quadrantPoints(samples);
    for (let i = 0; i < samples; i++) {
      yield [{ data: data.slice(2 * i, 2 * i + 2), shape: [2] }, labels[i]!] as const;
    }
  },
});

const loaderOf = (device: Device): DataLoader => new DataLoader(stream(), { batchSize: 3, device });

/** A network that begins with the same weights each time. */
function network(device: Device): { model: Sequential; optimizer: SGD } {
  manualSeed(3);
  const model = perceptron(device);
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
  return { model, optimizer };
}

const weightsOf = async (model: Sequential): Promise<readonly number[][]> =>
  Promise.all(model.parameters().map(async (one) => Array.from(await one.data(), Number)));

test('batches without a length are trained with and tested, each epoch to its end', async () => {
  const device = reference();
  const { model, optimizer } = network(device);
  const steps: StepReport[] = [];
  let said = '';
  const report = await fit(model, {
    train: loaderOf(device),
    test: loaderOf(device),
    optimizer,
    epochs: 3,
    onStep: (step) => steps.push(step),
    callbacks: [progress({ write: (text: string) => (said += text) }, { everySeconds: 1e-6 })],
  });
  expect(report.totalSteps).toBe(12);
  expect(report.map((epoch) => epoch.samples)).toEqual([samples, samples, samples]);
  expect(report[2]!.test!.samples).toBe(samples);
  expect(steps[0]).toMatchObject({ step: 1, steps: Infinity, secondsLeft: Infinity });
  expect(said).not.toMatch(/Infinity|NaN|\?/);
  expect(said).toContain('epoch 1/3  step 2  ');
  expect((await evaluate(model, loaderOf(device))).samples).toBe(samples);
  expect((await predict(model, loaderOf(device))).samples).toBe(samples);
});

test('batches that are left over at the end of a stream make a step of their mean', async () => {
  const device = reference();
  const trained = async (length: number | undefined): Promise<readonly number[][]> => {
    const { model, optimizer } = network(device);
    const set = { ...stream(), ...(length === undefined ? {} : { length }) };
    const train = new DataLoader<LabelledSample>(set, { batchSize: 3, device });
    const report = await fit(model, { train, optimizer, epochs: 2, accumulate: 3 });
    expect(report.totalSteps).toBe(4);
    return weightsOf(model);
  };
  const [own, known] = [await trained(undefined), await trained(samples)];
  // A third of three is not always one.
  own.flat().forEach((value, i) => expect(value).toBeCloseTo(known.flat()[i]!, 6));
});

test('a stream that was interrupted goes on where it was, also behind its last batch', async () => {
  const device = reference();
  const whole = network(device);
  await fit(whole.model, { train: loaderOf(device), optimizer: whole.optimizer, epochs: 3 });
  for (const first of [16, 20]) {
    const store = memoryStore();
    const run = async (maxSamples: number): Promise<readonly number[][]> => {
      const { model, optimizer } = network(device);
      const checkpoints = new Checkpoints(store, { everySteps: 1, resume: true });
      await fit(model, { train: loaderOf(device), optimizer, epochs: 3, maxSamples, checkpoints });
      return weightsOf(model);
    };
    await run(first);
    expect(await run(1000)).toEqual(await weightsOf(whole.model));
  }
});

test('an empty stream, and one that can be run through once, are refused', async () => {
  const device = reference();
  const { model, optimizer } = network(device);
  const none: IterableDataset<LabelledSample> = { *iterate() {} };
  const train = new DataLoader(none, { batchSize: 3, device });
  await expect(fit(model, { train, optimizer, epochs: 1 })).rejects.toThrow('got none');
  const once = loaderOf(device)[Symbol.asyncIterator]();
  await expect(fit(model, { train: once, optimizer, epochs: 2 })).rejects.toThrow(
    'can it be run through more than once?',
  );
});

test('trainTest is evaluated on training samples as test is on others', async () => {
  const device = reference();
  const { model, optimizer } = network(device);
  const points: string[] = [];
  let said = '';
  const report = await fit(model, {
    train: new DataLoader(quadrants(32), { batchSize: 8, shuffle: true, device }),
    trainTest: new DataLoader(quadrants(32), { batchSize: 16, device }),
    optimizer,
    epochs: 2,
    metrics: [new F1Score()],
    callbacks: [
      progress({ write: (text: string) => (said += text) }),
      tensorBoard((bytes) => points.push(new TextDecoder('latin1').decode(bytes))),
    ],
  });
  const after = await evaluate(model, new DataLoader(quadrants(32), { batchSize: 16, device }), {
    metrics: [new F1Score()],
  });
  expect(report[1]!.test).toBeNull();
  expect(report[1]!.trainTest).toMatchObject({
    samples: 32,
    accuracy: after.accuracy,
    loss: after.loss,
    metrics: after.metrics,
  });
  expect(said).toContain(`training accuracy ${(100 * after.accuracy).toFixed(2)} %`);
  expect(points.join('')).toContain('train_test/f1');
});
