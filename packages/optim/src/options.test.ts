import { add, ArgumentError, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  Adagrad,
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
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
  SGD,
  StepLR,
} from './index.ts';

const device = reference();

function parameter(): Tensor {
  return tensor([1, 2], { device, requiresGrad: true });
}

/** A class as JavaScript calls it. */
type Loose = new (first: unknown, options?: unknown) => object;

const optimizers = { SGD, Adam, AdamW, RMSprop, RMSpropTF, Adagrad, LAMB } as unknown as Readonly<
  Record<string, Loose>
>;

const schedules = {
  StepLR: [StepLR, { stepSize: 2 }],
  MultiStepLR: [MultiStepLR, { milestones: [2] }],
  ExponentialLR: [ExponentialLR, { gamma: 0.5 }],
  PolynomialLR: [PolynomialLR, { totalSteps: 2 }],
  LinearLR: [LinearLR, {}],
  CosineAnnealingLR: [CosineAnnealingLR, { totalSteps: 2 }],
  CosineAnnealingWarmRestarts: [CosineAnnealingWarmRestarts, { firstSteps: 2 }],
  OneCycleLR: [OneCycleLR, { maxLearningRate: 1, totalSteps: 4 }],
  ReduceLROnPlateau: [ReduceLROnPlateau, {}],
} as unknown as Readonly<Record<string, readonly [Loose, object]>>;

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return error instanceof ArgumentError ? error.message : `no ArgumentError: ${String(error)}`;
  }
  return 'accepted';
}

describe.each(Object.entries(optimizers))('%s', (name, Optimizer) => {
  const good = { learningRate: 0.1 };
  const make = (options: unknown): string => refusal(() => new Optimizer([parameter()], options));

  test('names an option that it does not have, in its options and in those of a group', () => {
    expect(make({ ...good, warmth: 1 })).toContain(`${name}: there is no option 'warmth'`);
    expect(make({ lr: 0.1 })).toContain("'lr' (did you mean 'learningRate'?)");
    const group = { parameters: [parameter()], learning_rate: 0.1 };
    expect(refusal(() => new Optimizer([group], good))).toContain(
      `${name} group: there is no option 'learning_rate' (did you mean 'learningRate'?)`,
    );
  });

  test.each(['0.1', Number.NaN, -1, Number.POSITIVE_INFINITY, null, true])(
    'refuses %s as learning rate',
    (learningRate) => {
      const shown = typeof learningRate === 'string' ? `'${learningRate}'` : String(learningRate);
      expect(make({ learningRate })).toBe(
        `${name}: expected learningRate as a finite number ≥ 0, got ${shown}`,
      );
      const group = { parameters: [parameter()], learningRate };
      expect(refusal(() => new Optimizer([group], good))).toContain('expected learningRate');
    },
  );

  test('takes an option that is undefined as one that is absent', () => {
    const given = { ...good, weightDecay: undefined, momentum: undefined, epsilon: undefined };
    const known = name === 'SGD' ? ['weightDecay', 'momentum'] : ['weightDecay', 'epsilon'];
    const options = Object.fromEntries(
      Object.entries(given).filter(([key]) => key === 'learningRate' || known.includes(key)),
    );
    const bare = new Optimizer([parameter()], good) as SGD;
    expect((new Optimizer([parameter()], options) as SGD).groups[0]!.options).toEqual(
      bare.groups[0]!.options,
    );
    const group = { parameters: [parameter()], learningRate: undefined };
    expect((new Optimizer([group], good) as SGD).groups[0]!.options.learningRate).toBe(0.1);
  });

  test('refuses options that are no object', () => {
    expect(make(0.1)).toContain(`${name}: expected the options`);
    expect(make(null)).toContain(`${name}: expected the options`);
  });

  test('refuses what are no parameters', () => {
    const of = (source: unknown): string => refusal(() => new Optimizer(source, good));
    expect(of(undefined)).toBe(
      `${name}: expected an array of parameters or groups, such as model.parameters(), got undefined`,
    );
    expect(of({ parameters: [parameter()] })).toContain('expected an array of parameters');
    expect(of([1])).toContain('expected parameters, or groups { parameters: [...] }, got 1');
    expect(of([['weight', parameter()]])).toContain(
      "got ['weight', a tensor [2] float32 on reference]",
    );
    expect(of([{ params: [parameter()] }])).toContain('got an object');
    expect(of([])).toContain('expected at least one parameter');
    expect(of([add(parameter(), 1)])).toContain(
      'expected parameters, got [2] float32 on reference that an operation computed',
    );
  });

  test('refuses a parameter that is listed twice', () => {
    const [a, b] = [parameter(), parameter()];
    const of = (source: unknown): string => refusal(() => new Optimizer(source, good));
    expect(of([a, b, a])).toBe(
      `${name}: expected each parameter once, got [2] float32 on reference as parameter 0 and as parameter 2`,
    );
    expect(of([{ parameters: [b, b] }])).toContain('as parameter 0 and as parameter 1');
    expect(of([{ parameters: [a, b] }, { parameters: [b], learningRate: 1 }])).toContain(
      'as parameter 1 of group 0 and as parameter 0 of group 1',
    );
    expect(of([a, { parameters: [b, a] }])).toContain(
      'as parameter 0 of group 0 and as parameter 1 of group 1',
    );
  });
});

test('AdamW whose weight decay is undefined has that of AdamW', () => {
  const options = { weightDecay: undefined } as unknown as { weightDecay: number };
  expect(new AdamW([parameter()], options).groups[0]!.options.weightDecay).toBe(0.01);
});

describe.each([
  [SGD, { weight_decay: 0.1 }, 'weightDecay'],
  [Adam, { eps: 0.1 }, 'epsilon'],
  [Adagrad, { lr_decay: 0.1 }, 'learningRateDecay'],
  [StepLR, { step_size: 2 }, 'stepSize'],
  [PolynomialLR, { total_iters: 2 }, 'totalSteps'],
  [LinearLR, { start_factor: 2 }, 'startFactor'],
  [LinearLR, { total_iters: 2 }, 'totalSteps'],
  [CosineAnnealingLR, { T_max: 2 }, 'totalSteps'],
  [CosineAnnealingLR, { totalSteps: 2, eta_min: 2 }, 'minLearningRate'],
  [OneCycleLR, { max_lr: 2 }, 'maxLearningRate'],
  [OneCycleLR, { pct_start: 2 }, 'rise'],
  [OneCycleLR, { final_div_factor: 2 }, 'endDivisor'],
  [ReduceLROnPlateau, { min_lr: 2 }, 'minLearningRate'],
] as unknown as readonly [Loose, object, string][])(
  'a name of PyTorch',
  (Class, options, meant) => {
    test(`${Class.name} ${JSON.stringify(options)} is told as ${meant}`, () => {
      const optimizer = new SGD([parameter()], { learningRate: 1 });
      const first =
        Class.name.endsWith('LR') || Class.name.includes('LROn') ? optimizer : [parameter()];
      expect(refusal(() => new Class(first, options))).toContain(`(did you mean '${meant}'?)`);
    });
  },
);

describe.each(Object.entries(schedules))('%s', (name, [Schedule, good]) => {
  const sgd = (): SGD => new SGD([parameter()], { learningRate: 1 });

  test('takes what it should', () => {
    expect(refusal(() => new Schedule(sgd(), good))).toBe('accepted');
  });

  test('names an option that it does not have', () => {
    expect(refusal(() => new Schedule(sgd(), { ...good, warmth: 1 }))).toContain(
      `${name}: there is no option 'warmth'`,
    );
    expect(refusal(() => new Schedule(sgd(), 5))).toContain(`${name}: expected the options`);
  });

  test('refuses numbers as text, and wrong ones', () => {
    for (const [option, value] of Object.entries(good)) {
      const text = { ...good, [option]: String(value) };
      expect(refusal(() => new Schedule(sgd(), text))).toContain(`${name}: expected ${option}`);
      expect(refusal(() => new Schedule(sgd(), { ...good, [option]: undefined }))).toContain(
        `${name}: expected ${option}`,
      );
    }
  });

  test('needs an optimiser', () => {
    expect(refusal(() => new Schedule(undefined, good))).toBe(
      `${name}: expected an optimiser, got undefined`,
    );
    expect(refusal(() => new Schedule([parameter()], good))).toContain(
      'got [a tensor [2] float32 on reference]',
    );
  });

  test('takes an option that is undefined as one that is absent', () => {
    const optional = [
      'gamma',
      'power',
      'startFactor',
      'minLearningRate',
      'multiplier',
      'rise',
      'patience',
    ];
    for (const option of optional.filter((key) => !(key in good))) {
      const made = refusal(() => new Schedule(sgd(), { ...good, [option]: undefined }));
      const unknown = refusal(() => new Schedule(sgd(), { ...good, [option]: 1 })).includes(
        'no option',
      );
      expect(made.includes('there is no option')).toBe(unknown);
      expect(unknown || made === 'accepted').toBe(true);
    }
  });
});

test('no options at all name what is missing', () => {
  const optimizer = new SGD([parameter()], { learningRate: 1 });
  const Bare = StepLR as unknown as Loose;
  expect(refusal(() => new Bare(optimizer))).toBe(
    'StepLR: expected stepSize as an integer ≥ 1, got undefined',
  );
  expect(refusal(() => new (SGD as unknown as Loose)([parameter()]))).toBe(
    'SGD: expected learningRate as a finite number ≥ 0, got undefined',
  );
});

describe('reduce on plateau', () => {
  test('refuses a mode, factor or metric that makes no sense', () => {
    const optimizer = new SGD([parameter()], { learningRate: 1 });
    const Bare = ReduceLROnPlateau as unknown as Loose;
    expect(refusal(() => new Bare(optimizer, { mode: 'less' }))).toBe(
      "ReduceLROnPlateau: expected mode as one of 'min', 'max', got 'less'",
    );
    expect(refusal(() => new Bare(optimizer, { factor: 1 }))).toBe(
      'ReduceLROnPlateau: expected a factor below 1, got 1',
    );
    const plateau = new ReduceLROnPlateau(optimizer);
    expect(refusal(() => plateau.step(undefined as unknown as number))).toBe(
      'ReduceLROnPlateau: expected the metric as a number, got undefined',
    );
  });
});

describe('an average of weights', () => {
  const Average = ExponentialMovingAverage as unknown as Loose;

  test('refuses options that do not exist, and a decay that is none', () => {
    expect(refusal(() => new Average([parameter()], { decay: 0.9, momentum: 1 }))).toBe(
      "ExponentialMovingAverage: there is no option 'momentum'; the options are decay",
    );
    expect(refusal(() => new Average([parameter()]))).toContain(
      'expected decay as a number from 0 to below 1, got undefined',
    );
    expect(refusal(() => new Average([parameter()], { decay: '0.9' }))).toContain("got '0.9'");
  });

  test('refuses what are no tensors', () => {
    expect(refusal(() => new Average({}, { decay: 0.9 }))).toBe(
      'ExponentialMovingAverage: expected tensors, such as model.stateDict().values(), got an object',
    );
    expect(refusal(() => new Average([['w', parameter()]], { decay: 0.9 }))).toContain(
      "expected tensors, got ['w', a tensor [2] float32 on reference]",
    );
  });
});

describe('clipping', () => {
  test('refuses what are no parameters, and limits that are none', () => {
    const norm = clipGradNorm as unknown as (...args: unknown[]) => unknown;
    const value = clipGradValue as unknown as (...args: unknown[]) => unknown;
    expect(refusal(() => norm({}, 1))).toBe(
      'clipGradNorm: expected parameters, such as model.parameters(), got an object',
    );
    expect(refusal(() => value([1], 1))).toBe('clipGradValue: expected parameters, got 1');
    expect(refusal(() => norm([parameter()], '1'))).toBe(
      "clipGradNorm: expected maxNorm above 0, got '1'",
    );
    expect(refusal(() => value([parameter()]))).toBe(
      'clipGradValue: expected value above 0, got undefined',
    );
  });

  test('takes a parameter that is listed twice once', async () => {
    const twice = parameter();
    twice.grad = tensor([3, 4], { device });
    expect(await clipGradNorm([twice, twice], 100).item()).toBeCloseTo(5, 6);
  });
});
