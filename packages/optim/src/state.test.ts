import {
  ArgumentError,
  clone,
  keep,
  manualSeed,
  StateError,
  Tensor,
  tensor,
  type StateDict,
  type StateValue,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

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
} from './index.ts';

const device = reference();

type Parameters = readonly { readonly parameters: readonly Tensor[]; learningRate?: number }[];

const optimizers: Readonly<Record<string, (p: Parameters) => Optimizer>> = {
  SGD: (p) => new SGD(p, { learningRate: 0.1 }),
  'SGD with momentum': (p) =>
    new SGD(p, { learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.1 }),
  'SGD with Nesterov': (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9, nesterov: true }),
  Adam: (p) => new Adam(p, { betas: [0.8, 0.95] }),
  AdamW: (p) => new AdamW(p, { learningRate: 0.01 }),
  AMSGrad: (p) => new Adam(p, { learningRate: 0.01, betas: [0.8, 0.9], amsgrad: true }),
  RMSprop: (p) => new RMSprop(p, { learningRate: 0.01 }),
  'RMSprop, all of it': (p) =>
    new RMSprop(p, { learningRate: 0.01, centered: true, momentum: 0.9 }),
  RMSpropTF: (p) => new RMSpropTF(p, { learningRate: 0.01, momentum: 0.9 }),
  Adagrad: (p) =>
    new Adagrad(p, { learningRate: 0.1, learningRateDecay: 0.1, initialAccumulator: 0.3 }),
  LAMB: (p) => new LAMB(p, { learningRate: 0.02 }),
};

const schedules: Readonly<Record<string, (o: Optimizer) => LRScheduler | ReduceLROnPlateau>> = {
  StepLR: (o) => new StepLR(o, { stepSize: 3, gamma: 0.7 }),
  MultiStepLR: (o) => new MultiStepLR(o, { milestones: [2, 6], gamma: 0.3 }),
  ExponentialLR: (o) => new ExponentialLR(o, { gamma: 0.93 }),
  PolynomialLR: (o) => new PolynomialLR(o, { totalSteps: 8, power: 1.7 }),
  LinearLR: (o) => new LinearLR(o, { startFactor: 0.1, totalSteps: 7 }),
  CosineAnnealingLR: (o) => new CosineAnnealingLR(o, { totalSteps: 6, minLearningRate: 1e-3 }),
  CosineAnnealingWarmRestarts: (o) =>
    new CosineAnnealingWarmRestarts(o, { firstSteps: 3, multiplier: 2 }),
  OneCycleLR: (o) => new OneCycleLR(o, { maxLearningRate: 0.05, totalSteps: 9 }),
  SequentialLR: (o) =>
    new SequentialLR(
      o,
      [new LinearLR(o, { startFactor: 0.2, totalSteps: 4 }), new ExponentialLR(o, { gamma: 0.8 })],
      [6],
    ),
  ChainedScheduler: (o) =>
    new ChainedScheduler(o, [
      new LinearLR(o, { startFactor: 0.2, totalSteps: 7 }),
      new ExponentialLR(o, { gamma: 0.8 }),
    ]),
  ReduceLROnPlateau: (o) => new ReduceLROnPlateau(o, { patience: 1, factor: 0.5, cooldown: 1 }),
};

/** Everything of a run that resuming must bring back. */
class Run {
  readonly parameters = [[1, -2, 0.5], [3], [0.25, -0.75]].map((values) =>
    tensor(values, [values.length], { device, requiresGrad: true }),
  );
  readonly optimizer: Optimizer;
  readonly schedule: LRScheduler | ReduceLROnPlateau;
  readonly average: ExponentialMovingAverage;

  constructor(optimizer: string, schedule: string) {
    const [a, b, c] = this.parameters;
    const groups = [{ parameters: [a!, b!] }, { parameters: [c!], learningRate: 0.03 }];
    this.optimizer = optimizers[optimizer]!(groups);
    this.schedule = schedules[schedule]!(this.optimizer);
    this.average = new ExponentialMovingAverage(this.parameters, { decay: 0.7 });
  }

  async steps(first: number, last: number): Promise<void> {
    for (let t = first; t <= last; t++) {
      this.optimizer.zeroGrad();
      for (const [i, parameter] of this.parameters.entries()) {
        // One parameter is not updated in the first steps, so that their counts differ.
        if (i === 1 && t < 3) continue;
        const values = Array.from(await parameter.data(), (p, j) => p + 0.5 * Math.cos(t + i + j));
        parameter.grad = tensor(values, parameter.shape, { device });
      }
      this.optimizer.step();
      if (this.schedule instanceof ReduceLROnPlateau) this.schedule.step(Math.cos(t));
      else this.schedule.step();
      this.average.update();
    }
  }

  /** Everything as numbers. */
  async values(): Promise<unknown> {
    const { optimizer, schedule, average } = this;
    return {
      parameters: await Promise.all(this.parameters.map((p) => p.data())),
      optimizer: await plain(optimizer.stateDict()),
      schedule: await plain(schedule.stateDict()),
      average: await plain(average.stateDict()),
      groups: optimizer.groups.map(({ options, initialLearningRate }) => ({
        options,
        initialLearningRate,
      })),
    };
  }

  dispose(): void {
    this.optimizer.zeroGrad();
    this.optimizer.dispose();
    this.average.dispose();
    for (const parameter of this.parameters) parameter.dispose();
  }
}

async function plain(state: StateDict): Promise<Record<string, unknown>> {
  const entries = [...state].map(async ([key, value]): Promise<[string, unknown]> => [
    key,
    value instanceof Tensor ? await value.data() : value,
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** What a file would give: tensors of its own. */
function copyOf(state: StateDict): Map<string, StateValue> {
  return new Map(
    Array.from(state, ([key, value]) => [
      key,
      value instanceof Tensor ? keep(clone(value)) : value,
    ]),
  );
}

function drop(state: StateDict): void {
  for (const value of state.values()) if (value instanceof Tensor) value.dispose();
}

const pairs = Object.keys(optimizers).flatMap((optimizer) =>
  Object.keys(schedules).map((schedule) => [optimizer, schedule] as const),
);

describe('a run that goes on from a state equals one that was never interrupted, bit by bit', () => {
  test.each(pairs)('%s with %s', async (optimizer, schedule) => {
    const before = device.liveBuffers;
    const whole = new Run(optimizer, schedule);
    await whole.steps(1, 9);
    const first = new Run(optimizer, schedule);
    await first.steps(1, 4);
    const states = [first.optimizer, first.schedule, first.average].map((part) =>
      copyOf(part.stateDict()),
    );
    const second = new Run(optimizer, schedule);
    // What it has done before must not matter.
    await second.steps(3, 5);
    for (const [i, parameter] of first.parameters.entries()) {
      const values = await parameter.data();
      second.parameters[i]!.replaceWith(tensor(values, parameter.shape, { device }));
    }
    await second.optimizer.loadStateDict(states[0]!);
    second.schedule.loadStateDict(states[1]!);
    await second.average.loadStateDict(states[2]!);
    expect(await second.values()).toEqual(await first.values());
    await second.steps(5, 9);
    expect(await second.values()).toEqual(await whole.values());
    states.forEach(drop);
    for (const run of [whole, first, second]) run.dispose();
    expect(device.liveBuffers).toBe(before);
  });
});

test('a state has the keys group.index.name, with the names of PyTorch', async () => {
  const run = new Run('Adam', 'ExponentialLR');
  await run.steps(1, 2);
  expect(Object.keys(await plain(run.optimizer.stateDict()))).toEqual([
    'type',
    '0.parameters',
    '0.learningRate',
    '0.betas',
    '0.initialLearningRate',
    '0.0.step',
    '0.0.exp_avg',
    '0.0.exp_avg_sq',
    '1.parameters',
    '1.learningRate',
    '1.betas',
    '1.initialLearningRate',
    '1.0.step',
    '1.0.exp_avg',
    '1.0.exp_avg_sq',
  ]);
});

test('from another device the values are read first', async () => {
  const other = reference();
  const run = new Run('Adam', 'StepLR');
  await run.steps(1, 3);
  const away = new Map<string, StateValue>();
  for (const [key, value] of run.optimizer.stateDict()) {
    const moved = value instanceof Tensor;
    away.set(key, moved ? tensor(await value.data(), value.shape, { device: other }) : value);
  }
  const second = new Run('Adam', 'StepLR');
  await second.optimizer.loadStateDict(away);
  expect(await plain(second.optimizer.stateDict())).toEqual(await plain(run.optimizer.stateDict()));
});

describe('what does not fit is refused, and nothing changes', () => {
  const changes: readonly (readonly [
    string,
    (state: Map<string, StateValue>) => unknown,
    string,
  ])[] = [
    ['no map', () => ({ '0.learningRate': 1 }), 'Adam: expected the state as a Map'],
    [
      'another method',
      (s) => s.set('type', 'AdamW'),
      'expected the state of Adam, got that of AdamW',
    ],
    [
      'a group too many',
      (s) => s.set('2.learningRate', 1),
      'expected the state of 2 groups, got that of 3',
    ],
    [
      'a parameter too many',
      (s) => s.set('0.2.step', 1),
      "expected tensors of parameters, got '0.2.step'",
    ],
    [
      'other parameters',
      (s) => s.set('0.parameters', 5),
      'expected group 0 with 2 parameters, got a state of 5',
    ],
    [
      'an option of another optimiser',
      (s) => s.set('1.nesterov', true),
      "there is no option 'nesterov'",
    ],
    [
      'an option out of range',
      (s) => s.set('1.betas', [2, 0.9]),
      'expected betas as a list of two numbers from 0 to below 1',
    ],
    [
      'a rate that is none',
      (s) => s.set('0.learningRate', 'fast'),
      "expected '0.learningRate' as a number, got 'fast'",
    ],
    [
      'a count that is none',
      (s) => s.set('0.0.step', -1),
      "expected '0.0.step' as an integer ≥ 0, got -1",
    ],
    [
      'a tensor missing',
      (s) => s.delete('0.0.exp_avg_sq'),
      "expected '0.0.exp_avg_sq' in the state, got '0.0.exp_avg'",
    ],
    [
      'a tensor of another shape',
      (s) => s.set('0.0.exp_avg', tensor([1, 2], [2], { device })),
      "expected '0.0.exp_avg' as [3], as its parameter is, got [2]",
    ],
    [
      'a key that is none',
      (s) => s.set('momentum', 1),
      'expected the state of 2 groups, got that of Infinity',
    ],
  ];
  test.each(changes)('%s', async (_, change, message) => {
    const run = new Run('Adam', 'StepLR');
    await run.steps(1, 4);
    const before = await run.values();
    const state = copyOf(run.optimizer.stateDict());
    const live = device.liveBuffers;
    const changed = change(state);
    const given = changed instanceof Map || typeof changed === 'boolean' ? state : changed;
    const failure: unknown = await run.optimizer
      .loadStateDict(given as StateDict)
      .catch((error: unknown) => error);
    expect(failure instanceof StateError || failure instanceof ArgumentError).toBe(true);
    expect((failure as Error).message).toContain(message);
    expect(await run.values()).toEqual(before);
    expect(device.liveBuffers - live).toBeLessThanOrEqual(1);
  });

  test('of schedules and averages', async () => {
    const run = new Run('Adam', 'StepLR');
    const refuses = (load: () => unknown): Promise<string> =>
      Promise.resolve()
        .then(load)
        .then(
          () => 'accepted',
          (error: unknown) => (error instanceof StateError ? error.message : String(error)),
        );
    const state = run.schedule.stateDict();
    const other = new Run('Adam', 'LinearLR');
    expect(await refuses(() => other.schedule.loadStateDict(state))).toBe(
      'LinearLR: expected the state of LinearLR, got that of StepLR; nothing was loaded',
    );
    const short = new Map<string, StateValue>([...state, ['base', [0.1]]]);
    expect(await refuses(() => run.schedule.loadStateDict(short))).toContain(
      "StepLR: expected 'base' as 2 numbers, got [0.1]",
    );
    expect(await refuses(() => run.average.loadStateDict(new Map()))).toContain(
      'expected a state of 0, 1, 2, got one without 0, 1, 2',
    );
    expect(
      await refuses(() =>
        run.average.with(() => run.average.loadStateDict(run.average.stateDict())),
      ),
    ).toContain('expected loadStateDict outside with()');
  });
});

test('an average of named tensors has their names', () => {
  manualSeed(1);
  const weight = tensor([1], [1], { device });
  const average = new ExponentialMovingAverage(new Map([['fc.weight', weight]]), { decay: 0.5 });
  expect([...average.stateDict().keys()]).toEqual(['fc.weight']);
});
