import { DataLoader } from '@convnet/data';
import type { Sequential } from '@convnet/layers';
import {
  Adam,
  ExponentialLR,
  ExponentialMovingAverage,
  ReduceLROnPlateau,
  SGD,
  type Optimizer,
} from '@convnet/optim';
import {
  crossEntropy,
  DeviceError,
  manualSeed,
  mul,
  OutOfMemoryError,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { NonFiniteLossError, NonFiniteWeightsError } from '../errors.ts';
import type { Batches } from '../batches.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './options.ts';
import { OwnBatches, perceptron, quadrants } from '../testing/test-support.ts';

const device: Device = reference();

afterEach(() => {
  vi.restoreAllMocks();
});

/** All that a run changes. */
class Training {
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly schedule: ExponentialLR;
  readonly average: ExponentialMovingAverage;

  constructor(make: (parameters: Tensor[]) => Optimizer) {
    manualSeed(5);
    this.model = perceptron(device);
    this.optimizer = make(this.model.parameters());
    this.schedule = new ExponentialLR(this.optimizer, { gamma: 0.9 });
    this.average = new ExponentialMovingAverage(this.model.parameters(), { decay: 0.5 });
  }

  fit(train: Batches, more: Partial<FitOptions> = {}): Promise<unknown> {
    const { optimizer, schedule, average } = this;
    return fit(this.model, { train, optimizer, schedule, average, epochs: 1, ...more });
  }

  /** Everything, in numbers. */
  async state(): Promise<unknown> {
    const weights = await valuesOf(this.model);
    return {
      weights,
      averages: await this.average.with(() => valuesOf(this.model)),
      rates: this.schedule.learningRates,
      steps: this.schedule.steps,
    };
  }

  dispose(): void {
    this.optimizer.zeroGrad();
    this.optimizer.dispose();
    this.average.dispose();
    this.model.dispose();
  }
}

async function valuesOf(model: Sequential): Promise<number[][]> {
  return Promise.all(model.parameters().map(async (p) => Array.from(await p.data())));
}

/** Batches `from` to `to` of one set. */
function batches(from: number, to: number): Batches {
  return new OwnBatches(device, from, to);
}

/** A loss that is NaN in call `step`, from 1. */
function nanAt(step: number): (logits: Tensor, labels: Tensor) => Tensor {
  let calls = 0;
  return (logits, labels) => {
    calls++;
    return mul(crossEntropy(logits, labels), calls === step ? Number.NaN : 1);
  };
}

async function failureOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

const optimizers = {
  Adam: (p: Tensor[]) => new Adam(p, { learningRate: 0.03 }),
  'SGD with momentum': (p: Tensor[]) => new SGD(p, { learningRate: 0.05, momentum: 0.9 }),
};

describe.each(Object.entries(optimizers))('%s', (_, make) => {
  test.each([
    { nan: 7, checkEvery: 2, restored: 6 },
    { nan: 7, checkEvery: 20, restored: 0 },
    { nan: 1, checkEvery: 20, restored: 0 },
    { nan: 8, checkEvery: 3, restored: 6 },
  ])(
    'goes on after a loss of NaN as if the steps since the last look had not been: %o',
    async ({ nan, checkEvery, restored }) => {
      const control = new Training(make);
      if (restored > 0) await control.fit(batches(0, restored));
      const before = await control.state();
      await control.fit(batches(10, 20));
      const training = new Training(make);
      const failure = await failureOf(
        training.fit(batches(0, 10), { checkEvery, loss: nanAt(nan) }),
      );
      expect(failure).toBeInstanceOf(NonFiniteLossError);
      expect(failure).toMatchObject({ step: nan, restoredStep: restored });
      expect(await training.state()).toEqual(before);
      expect(training.model.parameters().every((p) => p.grad === null)).toBe(true);
      await training.fit(batches(10, 20));
      expect(await training.state()).toEqual(await control.state());
    },
  );

  test('fits twice as once', async () => {
    const once = new Training(make);
    await once.fit(batches(0, 12));
    const twice = new Training(make);
    await twice.fit(batches(0, 5));
    await twice.fit(batches(5, 12));
    expect(await twice.state()).toEqual(await once.state());
  });

  test('goes on after an abort as if there had been none', async () => {
    const once = new Training(make);
    await once.fit(batches(0, 12));
    const training = new Training(make);
    const controller = new AbortController();
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 5) controller.abort(new Error('enough'));
    };
    const failure = await failureOf(
      training.fit(batches(0, 12), { onStep, signal: controller.signal }),
    );
    expect(failure).toEqual(new Error('enough'));
    await training.fit(batches(5, 12));
    expect(await training.state()).toEqual(await once.state());
  });
});

describe('what ends a run', () => {
  const boom = new Error('boom');
  const fail = (): never => {
    throw boom;
  };
  const atStep =
    (at: number) =>
    ({ step }: { readonly step: number }): void => {
      if (step === at) fail();
    };
  const breaking = (at: number): Batches => ({
    length: 10,
    async *[Symbol.asyncIterator]() {
      let count = 0;
      for await (const batch of batches(0, 10)) {
        count++;
        if (count === at) fail();
        yield batch;
      }
    },
  });

  const ways: Readonly<Record<string, (training: Training) => Partial<FitOptions>>> = {
    'an onStep that throws': () => ({ onStep: atStep(7) }),
    'an onStep that rejects': () => ({
      onStep: (report) => Promise.resolve(report).then(atStep(7)),
    }),
    'an onEpoch that throws': () => ({ onEpoch: fail }),
    'an onEpoch that rejects': () => ({ onEpoch: () => Promise.reject(boom) }),
    'a loss that throws': () => {
      let calls = 0;
      return {
        loss: (logits, labels) => (++calls === 7 ? fail() : crossEntropy(logits, labels)),
      };
    },
    'data that throw': () => ({ train: breaking(7) }),
    'a test that throws': () => ({ test: breaking(3) }),
    'an optimiser that throws': ({ optimizer }) => {
      const step = vi.spyOn(optimizer, 'step');
      step.mockImplementationOnce(fail);
      return {};
    },
    'a schedule that throws': () => ({ schedule: { step: fail } }),
    'an average that throws': () => ({ average: { update: fail } }),
    'a signal': () => ({ signal: AbortSignal.abort(boom) }),
    'a look that fails': () => {
      vi.spyOn(device.backend, 'read').mockImplementationOnce(() => Promise.reject(boom));
      return {};
    },
  };

  test.each(Object.keys(ways))(
    '%s leaves no memory held, and every mode as it was',
    async (way) => {
      const live = device.liveBuffers;
      const training = new Training(optimizers.Adam);
      training.model.eval();
      training.model.getModule('2').train();
      const failure = await failureOf(training.fit(batches(0, 10), ways[way]!(training)));
      expect(failure).toBe(boom);
      expect([...training.model.namedModules()].map(([, module]) => module.training)).toEqual([
        false,
        false,
        false,
        true,
      ]);
      vi.restoreAllMocks();
      await training.fit(batches(0, 3));
      training.dispose();
      expect(device.liveBuffers).toBe(live);
    },
  );

  test('memory that runs out in a step is told, and no half step stands', async () => {
    const once = new Training(optimizers.Adam);
    await once.fit(batches(0, 10));
    const training = new Training(optimizers.Adam);
    const { adamStep } = device.kernels;
    let calls = 0;
    // The first of the four parameters' updates in step 4.
    vi.spyOn(device.kernels, 'adamStep').mockImplementation((...args) => {
      calls++;
      if (calls === 13) throw new OutOfMemoryError('reference', 4, 0, 0);
      adamStep(...args);
    });
    const failure = await failureOf(training.fit(batches(0, 10)));
    expect(failure).toBeInstanceOf(OutOfMemoryError);
    vi.restoreAllMocks();
    await training.fit(batches(3, 10));
    expect(await training.state()).toEqual(await once.state());
  });

  test('no memory for what to go back to ends it before the first step', async () => {
    const training = new Training(optimizers.Adam);
    const before = await training.state();
    const live = device.liveBuffers;
    const { fill } = device.kernels;
    let calls = 0;
    vi.spyOn(device.kernels, 'fill').mockImplementation((...args) => {
      calls++;
      if (calls === 3) throw new OutOfMemoryError('reference', 4, 0, 0);
      return fill(...args);
    });
    const failure = await failureOf(training.fit(batches(0, 10)));
    expect(failure).toBeInstanceOf(OutOfMemoryError);
    vi.restoreAllMocks();
    expect(await training.state()).toEqual(before);
    expect(device.liveBuffers).toBe(live);
  });
});

describe('going back', () => {
  test('keeps what a callback changed after the last good look', async () => {
    const training = new Training(optimizers.Adam);
    const plateau = new ReduceLROnPlateau(training.optimizer, { factor: 0.5, patience: 0 });
    const failure = await failureOf(
      fit(training.model, {
        train: batches(0, 3),
        optimizer: training.optimizer,
        epochs: 3,
        loss: nanAt(7),
        onEpoch: () => plateau.step(1),
      }),
    );
    expect(failure).toMatchObject({ epoch: 3, batch: 1, step: 7, restoredStep: 6 });
    expect(training.schedule.learningRates[0]).toBeCloseTo(0.015, 12);
  });

  test('goes past weights that a step made infinite, though its loss was finite', async () => {
    const training = new Training((p) => new SGD(p, { learningRate: 1 }));
    await training.fit(batches(0, 4));
    training.optimizer.groups[0]!.options = { learningRate: 1e10 };
    const good = await training.state();
    const failure = await failureOf(
      training.fit(batches(4, 10), {
        checkEvery: 1,
        loss: (logits, labels) => mul(crossEntropy(logits, labels), 1e38),
      }),
    );
    expect(failure).toBeInstanceOf(NonFiniteWeightsError);
    expect(failure).toMatchObject({ step: 1, restoredStep: 0 });
    expect((failure as NonFiniteWeightsError).weights).toContain('2.weight');
    expect((failure as Error).message).toContain('The data are finite. A smaller learning rate');
    expect(await training.state()).toEqual(good);
  });

  test('finds weights that the very last step made infinite', async () => {
    const model = perceptron(device);
    let calls = 0;
    const failure = await failureOf(
      fit(model, {
        train: batches(0, 5),
        optimizer: new SGD(model.parameters(), { learningRate: 1e10 }),
        epochs: 1,
        loss: (logits, labels) => {
          calls++;
          return mul(crossEntropy(logits, labels), calls === 5 ? 1e38 : 1e-12);
        },
      }),
    );
    expect(failure).toMatchObject({ name: 'NonFiniteWeightsError', step: 5, restoredStep: 0 });
  });
});

test('an error of the device carries how far the training had come, once', async () => {
  const model = perceptron(device);
  const error = new DeviceError('the device is gone');
  const run = (): Promise<unknown> => {
    let calls = 0;
    return failureOf(
      fit(model, {
        train: new DataLoader(quadrants(16), { batchSize: 8, device }),
        optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
        epochs: 3,
        loss: (logits, labels) => {
          if (++calls === 4) throw error;
          return crossEntropy(logits, labels);
        },
      }),
    );
  };
  expect(error.training).toBeNull();
  for (let i = 0; i < 2; i++) {
    expect(await run()).toBe(error);
    expect(error.training).toEqual({ step: 3, epoch: 2 });
    expect(error.message).toBe('the device is gone (in the training, behind step 3, epoch 2)');
  }
});

test('an onEpoch that waits holds the run up', async () => {
  const model = perceptron(device);
  const order: string[] = [];
  await fit(model, {
    train: new DataLoader(quadrants(16), { batchSize: 8, device }),
    optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
    epochs: 2,
    onStep: async ({ step }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`step ${step}`);
    },
    onEpoch: async ({ epoch }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`epoch ${epoch}`);
    },
  });
  expect(order).toEqual(['step 1', 'step 2', 'epoch 1', 'step 1', 'step 2', 'epoch 2']);
});
