import { DataLoader } from '@convnet/data';
import { BatchNorm1d, Linear, Sequential } from '@convnet/layers';
import { ExponentialLR, ExponentialMovingAverage, ReduceLROnPlateau, SGD } from '@convnet/optim';
import { add, crossEntropy, manualSeed, mseLoss, mul, sub } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test, vi } from 'vitest';

import { evaluate } from '../evaluate.ts';
import {
  batchesOf,
  OwnBatches,
  perceptron,
  quadrants,
  weightsOf,
} from '../testing/test-support.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './options.ts';
import type { EpochReport, StepReport } from './reports.ts';

const device = reference();

function loader(count = 64, batchSize = 8): DataLoader {
  return new DataLoader(quadrants(count), { batchSize, device });
}

function linear(): Linear {
  manualSeed(2);
  return new Linear(3, 2, { device });
}

describe('gradient accumulation', () => {
  test.each([undefined, false])('equals a batch of all, capture: %s', async (capture) => {
    const ends: number[][][] = [];
    const given = capture === undefined ? {} : { capture };
    for (const [batchSize, accumulate] of [
      [24, 1],
      [8, 3],
    ] as const) {
      manualSeed(3);
      const model = perceptron(device);
      const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
      const schedule = new ExponentialLR(optimizer, { gamma: 0.9 });
      // 5 large batches, and the last of 16 samples: a group of two.
      const reports = await fit(model, {
        train: loader(136, batchSize),
        optimizer,
        schedule,
        accumulate,
        clipGradNorm: 0.3,
        epochs: 2,
        ...given,
      });
      expect(reports.totalSteps).toBe(12);
      expect(schedule.steps).toBe(12);
      ends.push(await weightsOf(model));
    }
    ends[0]!.forEach((values, i) => {
      values.forEach((value, j) => expect(ends[1]![i]![j]).toBeCloseTo(value, 5));
    });
  });

  test('names the step and the batch of a loss that is not finite', async () => {
    const model = perceptron(device);
    let calls = 0;
    const failure: unknown = await fit(model, {
      train: loader(64),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      loss: (logits, labels) => mul(crossEntropy(logits, labels), ++calls === 6 ? Number.NaN : 1),
      accumulate: 3,
      epochs: 1,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ step: 2, batch: 6, restoredStep: 0 });
    expect(model.parameters().every(({ grad }) => grad === null)).toBe(true);
  });

  test('that is aborted leaves no gradient of a part of a step', async () => {
    const model = perceptron(device);
    const controller = new AbortController();
    let batches = 0;
    const run = fit(model, {
      train: loader(64),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      loss: (logits, labels) => {
        if (++batches === 5) controller.abort(new Error('enough'));
        return crossEntropy(logits, labels);
      },
      accumulate: 3,
      epochs: 1,
      signal: controller.signal,
    });
    await expect(run).rejects.toThrow('enough');
    expect(model.parameters().every(({ grad }) => grad === null)).toBe(true);
  });
});

test('gradients are clipped to a norm or a value', async () => {
  for (const options of [{ clipGradNorm: 1e-3 }, { clipGradValue: 1e-3 }] as const) {
    const model = linear();
    const start = await weightsOf(model);
    const set = batchesOf(device, 1, ([a]) => [100 * a!, 50]);
    const optimizer = new SGD(model.parameters(), { learningRate: 1 });
    await fit(model, { train: set, optimizer, loss: mseLoss, epochs: 1, ...options });
    const end = await weightsOf(model);
    const moves = end.flatMap((values, i) => values.map((value, j) => value - start[i]![j]!));
    const size =
      'clipGradNorm' in options ? Math.hypot(...moves) : Math.max(...moves.map(Math.abs));
    expect(size).toBeCloseTo(1e-3, 6);
  }
});

describe('schedules', () => {
  test('move on after each epoch where they are to', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 1 });
    const schedule = new ExponentialLR(optimizer, { gamma: 0.5 });
    const reports = await fit(model, {
      train: loader(),
      optimizer,
      schedule,
      scheduleEvery: 'epoch',
      epochs: 3,
    });
    expect(reports.map(({ learningRates }) => learningRates)).toEqual([[0.5], [0.25], [0.125]]);
  });

  test('a plateau looks at the monitored number', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 1e-9 });
    const schedule = new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.1 });
    const seen = vi.spyOn(schedule, 'step');
    const reports = await fit(model, {
      train: loader(),
      test: loader(16),
      optimizer,
      schedule,
      monitor: 'accuracy',
      epochs: 2,
    });
    expect(seen.mock.calls.map(([value]) => value)).toEqual(
      reports.map(({ test: evaluation }) => evaluation!.accuracy),
    );
  });
});

test('an average is what is tested, and what the best weights are of', async () => {
  manualSeed(9);
  const model = perceptron(device);
  const optimizer = new SGD(model.parameters(), { learningRate: 0.5 });
  const average = new ExponentialMovingAverage(model.stateDict(), { decay: 0.9 });
  const set = loader(32);
  const reports = await fit(model, {
    train: loader(),
    test: set,
    optimizer,
    average,
    epochs: 2,
    earlyStopping: { patience: 5 },
  });
  // The best epoch is the last one: its averages are now the weights.
  expect(reports.best!.epoch).toBe(2);
  expect(reports.restoredBest).toBe(true);
  expect((await evaluate(model, set)).loss).toBe(reports[1]!.test!.loss);
  expect(await weightsOf(model)).toEqual(await average.with(() => weightsOf(model)));
});

describe('early stopping', () => {
  /** Losses that fall and rise again, whatever the weights. */
  async function run(
    losses: readonly number[],
    more: Partial<FitOptions> = {},
  ): Promise<{ reports: Awaited<ReturnType<typeof fit>>; bests: unknown[]; end: unknown }> {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const bests: unknown[] = [];
    let epoch = 0;
    const reports = await fit(model, {
      train: loader(),
      test: loader(8),
      optimizer,
      epochs: losses.length,
      loss: (logits, labels) => {
        const value = crossEntropy(logits, labels);
        if (model.training) return value;
        return add(sub(value, value.detach()), losses[epoch]!);
      },
      onEpoch: async () => {
        epoch++;
        bests.push(await weightsOf(model));
      },
      ...more,
    });
    return { reports, bests, end: await weightsOf(model) };
  }

  test('ends after so many epochs without improvement and puts the best weights back', async () => {
    const { reports, bests, end } = await run([5, 3, 4, 3, 9, 1], {
      earlyStopping: { patience: 2 },
    });
    expect(reports).toHaveLength(4);
    expect(reports.stopped).toBe('patience');
    expect(reports.best).toEqual({ epoch: 2, name: 'loss', value: 3 });
    expect(reports.map(({ monitor }) => monitor!.isBest)).toEqual([true, true, false, false]);
    expect(end).toEqual(bests[1]);
  });

  test('may keep the best weights without ending, or end without putting them back', async () => {
    const kept = await run([5, 3, 4, 6], { earlyStopping: { patience: Infinity } });
    expect(kept.reports.stopped).toBe('epochs');
    expect(kept.end).toEqual(kept.bests[1]);
    const last = await run([5, 3, 4, 6], { earlyStopping: { patience: 1, restoreBest: false } });
    expect(last.reports).toHaveLength(3);
    expect(last.reports.restoredBest).toBe(false);
    expect(last.end).toEqual(last.bests[2]);
  });

  test('counts an improvement from minDelta on, and NaN is none', async () => {
    const small = await run([5, 4.9, 4.8], { earlyStopping: { patience: 2, minDelta: 0.5 } });
    expect(small.reports.best!.epoch).toBe(1);
    const none = await run([Number.NaN, 2, Number.NaN, Number.NaN], {
      earlyStopping: { patience: 2 },
    });
    expect(none.reports.best).toEqual({ epoch: 2, name: 'loss', value: 2 });
    expect(none.reports).toHaveLength(4);
  });
});

describe('a budget', () => {
  test('of samples ends between two steps, in the middle of an epoch', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const reports = await fit(model, {
      train: loader(64),
      test: loader(8),
      optimizer,
      epochs: 5,
      maxSamples: 100,
    });
    expect(reports.stopped).toBe('samples');
    expect(reports.samples).toBe(104);
    expect(reports.map(({ samples }) => samples)).toEqual([64, 40]);
    expect(reports[1]!.test).not.toBeNull();
  });

  test('of seconds ends too', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 100));
    try {
      const reports = await fit(model, {
        train: loader(64),
        optimizer,
        epochs: 1000,
        maxSeconds: 5,
      });
      expect(reports.stopped).toBe('seconds');
      expect(reports.length).toBeLessThan(10);
    } finally {
      clock.mockRestore();
    }
  });

  test('that ends with an epoch is no part of the next', async () => {
    const model = perceptron(device);
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const reports = await fit(model, { train: loader(64), optimizer, epochs: 5, maxSamples: 128 });
    expect(reports.map(({ samples }) => samples)).toEqual([64, 64]);
  });
});

describe('callbacks', () => {
  test('are awaited, in order, and told of the end', async () => {
    const heard: string[] = [];
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    const model = perceptron(device);
    await fit(model, {
      train: loader(16),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      epochs: 1,
      onEpoch: async () => {
        await pause();
        heard.push('onEpoch');
      },
      callbacks: [
        {
          onStart: async ({ parameters, steps }) => {
            await pause();
            heard.push(`start ${parameters} ${steps}`);
          },
          onStep: async ({ step }) => {
            await pause();
            heard.push(`step ${step}`);
          },
          onEpoch: ({ epoch }) => heard.push(`epoch ${epoch}`),
          onEnd: ({ stopped, totalSteps }) => heard.push(`end ${stopped} ${totalSteps}`),
        },
      ],
    });
    expect(heard).toEqual(['start 82 2', 'step 1', 'step 2', 'epoch 1', 'onEpoch', 'end epochs 2']);
  });

  test('hear of an error, which counts more than their own', async () => {
    const model = perceptron(device);
    const errors: unknown[] = [];
    const run = fit(model, {
      train: new OwnBatches(device, 0, 3),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      epochs: 1,
      onStep: () => {
        throw new Error('first');
      },
      callbacks: [
        {
          onEnd: ({ error, stopped }) => {
            errors.push([(error as Error).message, stopped]);
            throw new Error('second');
          },
        },
      ],
    });
    await expect(run).rejects.toThrow('first');
    expect(errors).toEqual([['first', null]]);
  });

  test('are told of speed, time left and rates', async () => {
    const model = perceptron(device);
    const steps: StepReport[] = [];
    const epochs: EpochReport[] = [];
    await fit(model, {
      train: loader(32),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      epochs: 2,
      onStep: (report) => steps.push(report),
      onEpoch: (report) => epochs.push(report),
    });
    expect(steps.map(({ step, totalSteps, samples }) => [step, totalSteps, samples])).toEqual(
      [1, 2, 3, 4].map((s) => [s, s, 8 * s]).concat([1, 2, 3, 4].map((s) => [s, 4 + s, 8 * s])),
    );
    expect(steps[0]!.secondsLeft).toBeGreaterThan(steps[6]!.secondsLeft);
    expect(steps[7]!.secondsLeft).toBe(0);
    expect(steps[3]!.samplesPerSecond).toBeGreaterThan(0);
    expect(steps[3]!.learningRates).toEqual([0.1]);
    expect(epochs[1]!.totalSteps).toBe(8);
  });
});

test('normalisation with frozen weights keeps its statistics', async () => {
  manualSeed(1);
  const model = new Sequential([
    new Linear(2, 4, { device }),
    new BatchNorm1d(4, { device }),
    new Linear(4, 4, { device }),
    new BatchNorm1d(4, { affine: false, device }),
    new Sequential([new Linear(4, 4, { device }), new BatchNorm1d(4, { device })]),
    new Linear(4, 2, { device }),
  ]);
  const statistics = (path: string): Promise<ArrayLike<number>> =>
    model.stateDict().get(`${path}.running_mean`)!.data();
  model.freeze('1').freeze('2');
  const before = await Promise.all(['1', '3', '4.1'].map(statistics));
  await fit(model, {
    train: loader(32),
    optimizer: new SGD(
      model.parameters().filter(({ requiresGrad }) => requiresGrad),
      { learningRate: 0.1 },
    ),
    epochs: 1,
  });
  const after = await Promise.all(['1', '3', '4.1'].map(statistics));
  expect(after[0]).toEqual(before[0]);
  // Without weights of its own, it is as frozen as what is around it: and that is not.
  expect(after[1]).not.toEqual(before[1]);
  expect(after[2]).not.toEqual(before[2]);
  expect(model.getModule('1').training).toBe(true);
});
