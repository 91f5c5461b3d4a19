import { DataLoader } from '@convnet/data';
import { BCEWithLogitsLoss, Linear, MSELoss, type Sequential } from '@convnet/layers';
import { Adam, SGD } from '@convnet/optim';
import {
  crossEntropy,
  manualSeed,
  mean,
  mseLoss,
  square,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { evaluate } from '../evaluate.ts';
import { F1Score, MeanAbsoluteError, R2Score } from '../metrics/index.ts';
import { batchesOf, perceptron, quadrants, weightsOf } from '../testing/test-support.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './options.ts';
import type { StepReport } from './reports.ts';

const device = reference();

function loader(count = 64, batchSize = 8): DataLoader {
  return new DataLoader(quadrants(count), { batchSize, device });
}

function linear(outputs: number): Linear {
  manualSeed(2);
  return new Linear(3, outputs, { device });
}

describe('losses', () => {
  test.each([
    ['a function', mseLoss],
    ['a layer', new MSELoss()],
  ] as const)('regression with %s, which test uses too', async (_, loss) => {
    const before = device.liveBuffers;
    const model = linear(2);
    const set = batchesOf(device, 6, ([a, b, c]) => [a! - 2 * b!, c! + 0.5]);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.4 });
    const metrics = [new MeanAbsoluteError(), new R2Score()];
    const reports = await fit(model, {
      train: set,
      test: set,
      optimizer,
      loss,
      metrics,
      epochs: 30,
    });
    const { test: last } = reports[29]!;
    expect(last!.loss).toBeLessThan(1e-4);
    expect(last!.accuracy).toBeNaN();
    expect(last!.metrics['mae']).toBeLessThan(0.02);
    expect(last!.metrics['r2']).toBeGreaterThan(0.999);
    expect(last!.loss).toBe((await evaluate(model, set, { loss })).loss);
    optimizer.zeroGrad();
    optimizer.dispose();
    model.dispose();
    expect(device.liveBuffers).toBe(before);
  });

  test('several labels a sample', async () => {
    const model = linear(3);
    const set = batchesOf(device, 8, (x) => x.map((value) => (value > 0 ? 1 : 0)));
    const reports = await fit(model, {
      train: set,
      test: set,
      optimizer: new Adam(model.parameters(), { learningRate: 0.1 }),
      loss: new BCEWithLogitsLoss(),
      metrics: [new F1Score({ average: 'micro' })],
      monitor: 'f1',
      earlyStopping: { patience: 50 },
      epochs: 20,
    });
    expect(reports[0]!.test!.metrics['f1']!).toBeLessThan(reports.best!.value);
    expect(reports.best!.value).toBeGreaterThan(0.95);
  });

  test('a captured run has the bits of an eager one, whichever loss of the library it has', async () => {
    const ends: unknown[] = [];
    for (const capture of [undefined, false]) {
      const model = linear(2);
      const set = batchesOf(device, 5, ([a, b]) => [a!, b!]);
      const optimizer = new Adam(model.parameters());
      await fit(model, {
        train: set,
        optimizer,
        loss: mseLoss,
        clipGradNorm: 0.5,
        epochs: 3,
        ...(capture === false && { capture }),
      });
      ends.push(await weightsOf(model));
    }
    expect(ends[0]).toEqual(ends[1]);
  });
});

describe('a step of the caller', () => {
  const options = (
    model: Sequential,
  ): Pick<FitOptions<{ readonly x: Tensor; readonly y: Tensor }>, 'train' | 'step'> => ({
    train: {
      length: 4,
      async *[Symbol.asyncIterator]() {
        for await (const [x, y] of loader(32)) yield { x, y };
      },
    },
    step: ({ x, y }) => {
      const logits = model.forward(x);
      const loss = crossEntropy(logits, y);
      return { loss, size: mean(square(logits)), constant: 3 };
    },
  });

  test('takes batches of any form and tells of its numbers, in training and in test', async () => {
    const before = device.liveBuffers;
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const steps: StepReport[] = [];
    const own = options(model);
    const [report] = await fit(model, {
      ...own,
      test: own.train,
      optimizer,
      epochs: 1,
      checkEvery: 1,
      onStep: (step) => steps.push(step),
    });
    expect(report!.values['constant']).toBe(3);
    expect(report!.values['size']).toBeGreaterThan(0);
    expect(report!.test!.metrics['constant']).toBe(3);
    expect(report!.test!.loss).toBeCloseTo((await evaluate(model, loader(32))).loss, 6);
    expect(steps.map(({ values }) => values['constant'])).toEqual([3, 3, 3, 3]);
    optimizer.zeroGrad();
    optimizer.dispose();
    model.dispose();
    expect(device.liveBuffers).toBe(before);
  });

  test('trains as the plain form does, captured too', async () => {
    const ends: unknown[] = [];
    for (const kind of ['plain', 'step', 'captured']) {
      manualSeed(1);
      const model = perceptron(device);
      const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
      const { train } = options(model);
      const step = ({ x, y }: { readonly x: Tensor; readonly y: Tensor }): Tensor =>
        crossEntropy(model.forward(x), y);
      if (kind === 'plain') await fit(model, { train: loader(32), optimizer, epochs: 3 });
      else await fit(model, { train, step, optimizer, epochs: 3, capture: kind === 'captured' });
      ends.push(await weightsOf(model));
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });

  test('that is captured must give tensors', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    await expect(
      fit(model, { ...options(model), optimizer, epochs: 1, capture: true }),
    ).rejects.toThrow("fit: expected 'constant' of a step that is captured as a tensor, got 3");
  });

  test('names batch and sample where its numbers are not finite', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const train = {
      length: 3,
      epoch: 0,
      async *[Symbol.asyncIterator]() {
        this.epoch++;
        for (let b = 0; b < 3; b++) {
          const values = Array.from({ length: 8 }, (_, i) => (b === 1 && i === 5 ? Number.NaN : i));
          const x = tensor(values, [4, 2], { device });
          yield await Promise.resolve(new Map([['x', x]]));
          x.dispose();
        }
      },
    };
    const failure: unknown = await fit(model, {
      train,
      step: (batch) => mean(model.forward(batch.get('x')!)),
      optimizer,
      epochs: 1,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ origin: 'data', batch: 2, samples: [2], sampleBatch: 2 });
  });
});
