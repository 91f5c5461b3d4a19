import { DataLoader } from '@convnet/data';
import { BatchNorm1d, Dropout, Linear, ReLU, Sequential } from '@convnet/layers';
import {
  Adagrad,
  Adam,
  AdamW,
  ChainedScheduler,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  ExponentialLR,
  ExponentialMovingAverage,
  LAMB,
  LinearLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  RMSprop,
  RMSpropTF,
  SequentialLR,
  SGD,
  StepLR,
  type LRScheduler,
  type Optimizer,
} from '@convnet/optim';
import { currentGenerator, manualSeed, Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import type { Batches } from '../batches.ts';
import { fit } from '../fit/fit.ts';
import type { FitOptions } from '../fit/options.ts';
import type { FitReport } from '../fit/reports.ts';
import { OwnBatches, quadrants } from '../testing/test-support.ts';
import { Checkpoints, type CheckpointsOptions } from './checkpoints.ts';
import { memoryStore, type CheckpointStore } from './store.ts';

const device = reference();

const optimizers: Readonly<Record<string, (p: Tensor[]) => Optimizer>> = {
  SGD: (p) => new SGD(p, { learningRate: 0.1 }),
  'SGD with momentum': (p) => new SGD(p, { learningRate: 0.05, momentum: 0.9, dampening: 0.2 }),
  Adam: (p) => new Adam(p, { learningRate: 0.01 }),
  AdamW: (p) => new AdamW(p, { learningRate: 0.01 }),
  RMSprop: (p) => new RMSprop(p, { learningRate: 0.01, centered: true, momentum: 0.9 }),
  RMSpropTF: (p) => new RMSpropTF(p, { learningRate: 0.01, momentum: 0.9 }),
  Adagrad: (p) => new Adagrad(p, { learningRate: 0.1, learningRateDecay: 0.1 }),
  LAMB: (p) => new LAMB(p, { learningRate: 0.02 }),
};

type AnySchedule = LRScheduler | ReduceLROnPlateau;

const schedules: Readonly<Record<string, (o: Optimizer) => AnySchedule>> = {
  StepLR: (o) => new StepLR(o, { stepSize: 3, gamma: 0.7 }),
  MultiStepLR: (o) => new MultiStepLR(o, { milestones: [2, 6], gamma: 0.3 }),
  ExponentialLR: (o) => new ExponentialLR(o, { gamma: 0.93 }),
  PolynomialLR: (o) => new PolynomialLR(o, { totalSteps: 20, power: 1.7 }),
  LinearLR: (o) => new LinearLR(o, { startFactor: 0.1, totalSteps: 7 }),
  CosineAnnealingLR: (o) => new CosineAnnealingLR(o, { totalSteps: 12 }),
  CosineAnnealingWarmRestarts: (o) => new CosineAnnealingWarmRestarts(o, { firstSteps: 3 }),
  OneCycleLR: (o) => new OneCycleLR(o, { maxLearningRate: 0.05, totalSteps: 12 }),
  SequentialLR: (o) =>
    new SequentialLR(
      o,
      [new LinearLR(o, { totalSteps: 4 }), new ExponentialLR(o, { gamma: 0.8 })],
      [6],
    ),
  ChainedScheduler: (o) =>
    new ChainedScheduler(o, [
      new LinearLR(o, { totalSteps: 7 }),
      new ExponentialLR(o, { gamma: 0.8 }),
    ]),
  ReduceLROnPlateau: (o) => new ReduceLROnPlateau(o, { patience: 0, factor: 0.5 }),
};

/** A program that trains: started anew after every interruption. */
class Program {
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly schedule: AnySchedule;
  readonly average: ExponentialMovingAverage;
  readonly train: Batches;
  readonly test: Batches;

  constructor(optimizer = 'Adam', schedule = 'LinearLR') {
    manualSeed(3);
    this.model = new Sequential([
      new Linear(2, 6, { device }),
      new BatchNorm1d(6, { device }),
      new ReLU(),
      new Dropout(0.3),
      new Linear(6, 2, { device }),
    ]);
    this.optimizer = optimizers[optimizer]!(this.model.parameters());
    this.schedule = schedules[schedule]!(this.optimizer);
    this.average = new ExponentialMovingAverage(this.model.stateDict(), { decay: 0.8 });
    this.train = new DataLoader(quadrants(36), { batchSize: 8, shuffle: true, seed: 5, device });
    this.test = new DataLoader(quadrants(10), { batchSize: 8, device });
    manualSeed(11);
  }

  run(
    store: CheckpointStore | null,
    more: Partial<FitOptions> = {},
    at: CheckpointsOptions = {},
  ): Promise<FitReport> {
    const { optimizer, schedule, average, train, test: set } = this;
    return fit(this.model, {
      train,
      test: set,
      optimizer,
      schedule,
      average,
      epochs: 3,
      earlyStopping: { patience: Infinity },
      ...(store && {
        checkpoints: new Checkpoints(store, { everySteps: 1, resume: true, ...at }),
      }),
      ...more,
    });
  }

  /** Everything, in numbers. */
  async state(): Promise<unknown> {
    const parts = {
      model: this.model.stateDict(),
      optimizer: this.optimizer.stateDict(),
      schedule: this.schedule.stateDict(),
      average: this.average.stateDict(),
      random: currentGenerator().stateDict(),
    };
    const entries = Object.entries(parts).map(async ([name, state]) => {
      const values = Array.from(state as ReadonlyMap<string, unknown>, async ([key, value]) => [
        key,
        value instanceof Tensor ? await value.data() : value,
      ]);
      return [name, await Promise.all(values)];
    });
    return Promise.all(entries);
  }

  dispose(): void {
    this.optimizer.zeroGrad();
    this.optimizer.dispose();
    this.average.dispose();
    this.model.dispose();
  }
}

/** What does not depend on the clock. */
function figuresOf(report: FitReport): unknown {
  const epochs = report.map(
    ({ epoch, loss, test: set, samples, totalSteps, learningRates, monitor }) => {
      const { seconds: _seconds, ...evaluation } = set!;
      return { epoch, loss, test: evaluation, samples, totalSteps, learningRates, monitor };
    },
  );
  const { stopped, best, restoredBest, totalSteps, samples } = report;
  return { epochs, stopped, best, restoredBest, totalSteps, samples };
}

/** Runs that are each ended after so many steps, and one that is not. */
async function interrupted(
  make: () => Program,
  stops: readonly number[],
  store: CheckpointStore = memoryStore(),
  more: Partial<FitOptions> = {},
  at: CheckpointsOptions = {},
): Promise<readonly [Program, FitReport]> {
  for (const stop of stops) {
    const program = make();
    const controller = new AbortController();
    let steps = 0;
    const run = program.run(
      store,
      {
        ...more,
        signal: controller.signal,
        onStep: () => {
          if (++steps === stop) controller.abort(new Error('killed'));
        },
      },
      at,
    );
    await expect(run).rejects.toThrow('killed');
    program.dispose();
  }
  const last = make();
  return [last, await last.run(store, more, at)];
}

const pairs = Object.keys(optimizers).flatMap((optimizer) =>
  Object.keys(schedules).map((schedule) => [optimizer, schedule] as const),
);

describe('a run that was interrupted twice ends with the bits of one that was not', () => {
  test.each(pairs)('%s with %s', async (optimizer, schedule) => {
    const before = device.liveBuffers;
    const whole = new Program(optimizer, schedule);
    const expected = await whole.run(null);
    const [program, report] = await interrupted(() => new Program(optimizer, schedule), [2, 7]);
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
    program.dispose();
    whole.dispose();
    expect(device.liveBuffers).toBe(before);
  });
});

describe('whatever else there is', () => {
  test('accumulated gradients, clipping and schedules of epochs', async () => {
    const more = { accumulate: 2, clipGradNorm: 0.5, scheduleEvery: 'epoch' } as const;
    const whole = new Program();
    const expected = await whole.run(null, more);
    const [program, report] = await interrupted(
      () => new Program(),
      [1, 2, 4],
      memoryStore(),
      more,
    );
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
  });

  test('batches of a class of the caller, which cannot be set', async () => {
    const make = (): Program =>
      Object.assign(new Program(), { train: new OwnBatches(device, 0, 5) });
    const whole = make();
    const expected = await whole.run(null);
    const [program, report] = await interrupted(make, [3, 4]);
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
  });

  test.each(['object', 'Map'])('a loader with a state as a %s, which can be set', async (kind) => {
    let given = 0;
    const make = (): Program => {
      const inner = new OwnBatches(device, 0, 5);
      let position = { epoch: 0, batch: 0 };
      const train: Batches & { stateDict(): unknown; loadStateDict(state: unknown): void } = {
        length: 5,
        async *[Symbol.asyncIterator]() {
          let batch = 0;
          for await (const tensors of inner) {
            if (batch++ < position.batch) continue;
            position = { ...position, batch };
            given++;
            yield tensors;
          }
          position = { epoch: position.epoch + 1, batch: 0 };
        },
        stateDict: () => (kind === 'Map' ? new Map(Object.entries(position)) : { ...position }),
        loadStateDict: (state) => {
          const values = state instanceof Map ? Object.fromEntries(state) : state;
          position = { ...(values as typeof position) };
        },
      };
      return Object.assign(new Program(), { train });
    };
    const whole = make();
    const expected = await whole.run(null);
    given = 0;
    const [program, report] = await interrupted(make, [3, 4]);
    // None was asked for twice.
    expect(given).toBe(15);
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
  });

  test('one set to train and to test with', async () => {
    const make = (): Program => {
      const program = new Program();
      return Object.assign(program, { test: program.train });
    };
    const whole = make();
    const expected = await whole.run(null);
    const [program, report] = await interrupted(make, [2, 5]);
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
  });

  test('a set to test with that is another one after each epoch', async () => {
    const make = (): Program => {
      const options = { batchSize: 4, shuffle: true, dropLast: true, seed: 2, device };
      return Object.assign(new Program(), { test: new DataLoader(quadrants(11), options) });
    };
    const whole = make();
    const expected = await whole.run(null);
    const [program, report] = await interrupted(make, [7, 2]);
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
  });

  test('weights that were frozen and set free on the way', async () => {
    const run = async (stops: readonly number[]): Promise<unknown> => {
      const store = memoryStore();
      for (const stop of [...stops, Infinity]) {
        const program = new Program();
        program.model.freeze('0');
        const controller = new AbortController();
        let steps = 0;
        const done = program
          .run(store, {
            signal: controller.signal,
            onStep: () => {
              if (++steps === stop) controller.abort(new Error('killed'));
            },
            onEpoch: () => void program.model.unfreeze(),
          })
          .then(
            () => true,
            () => false,
          );
        if (await done) return program.state();
      }
      return null;
    };
    expect(await run([7, 2])).toEqual(await run([]));
  });

  test('early stopping and the best weights', async () => {
    const more = { earlyStopping: { patience: 2 }, epochs: 30, monitor: 'accuracy' } as const;
    const whole = new Program('SGD', 'StepLR');
    const expected = await whole.run(null, more);
    expect(expected.stopped).toBe('patience');
    const [program, report] = await interrupted(
      () => new Program('SGD', 'StepLR'),
      [3, 3, 3],
      memoryStore(),
      more,
    );
    expect(await program.state()).toEqual(await whole.state());
    expect(figuresOf(report)).toEqual(figuresOf(expected));
  });

  test('a run that is over is not gone on with', async () => {
    const store = memoryStore();
    const first = new Program();
    const report = await first.run(store);
    const second = new Program();
    let steps = 0;
    const again = await second.run(store, { onStep: () => void steps++ });
    expect(steps).toBe(0);
    expect(figuresOf(again)).toEqual(figuresOf(report));
    expect(await second.state()).toEqual(await first.state());
    // With more epochs it is.
    const third = new Program();
    expect(await third.run(store, { epochs: 4 })).toHaveLength(4);
  });

  test('a budget that was spent, and is raised', async () => {
    const store = memoryStore();
    const short = await new Program().run(store, { maxSamples: 50 });
    expect(short.stopped).toBe('samples');
    const program = new Program();
    const report = await program.run(store);
    const whole = new Program();
    const expected = await whole.run(null);
    expect(figuresOf(report)).toEqual(figuresOf(expected));
    expect(await program.state()).toEqual(await whole.state());
  });
});

test('an abort saves what was done, however seldom checkpoints are due', async () => {
  const whole = new Program();
  const expected = await whole.run(null);
  const [program, report] = await interrupted(
    () => new Program(),
    [3, 4],
    memoryStore(),
    {},
    { everySteps: 1000, everyEpochs: Infinity },
  );
  expect(await program.state()).toEqual(await whole.state());
  expect(figuresOf(report)).toEqual(figuresOf(expected));
});
