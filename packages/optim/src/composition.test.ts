import { tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import expected from '../fixtures/schedules.json' with { type: 'json' };
import {
  ChainedScheduler,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  ExponentialLR,
  LinearLR,
  LRScheduler,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  SequentialLR,
  SGD,
  StepLR,
  type Optimizer,
  type Schedule,
} from './index.ts';

const device = reference();

/** An optimiser with a group for each rate. */
function optimizerOf(rates: readonly number[]): Optimizer {
  return new SGD(
    rates.map((learningRate) => ({
      parameters: [tensor([0], { device, requiresGrad: true })],
      learningRate,
    })),
    { learningRate: 1 },
  );
}

/** The schedules of the fixture's script, by their names there. */
const make: Readonly<Record<string, (o: Optimizer) => LRScheduler>> = {
  step: (o) => new StepLR(o, { stepSize: 3, gamma: 0.3 }),
  'multi-step': (o) => new MultiStepLR(o, { milestones: [2, 4, 9], gamma: 0.5 }),
  exponential: (o) => new ExponentialLR(o, { gamma: 0.9 }),
  polynomial: (o) => new PolynomialLR(o, { totalSteps: 8, power: 2 }),
  linear: (o) => new LinearLR(o, { startFactor: 0.1, totalSteps: 5 }),
  cosine: (o) => new CosineAnnealingLR(o, { totalSteps: 5, minLearningRate: 0.01 }),
  'cosine restarts': (o) =>
    new CosineAnnealingWarmRestarts(o, { firstSteps: 3, multiplier: 2, minLearningRate: 0.01 }),
  'one-cycle': (o) => new OneCycleLR(o, { maxLearningRate: 0.4, totalSteps: 20 }),
};

function allOf(key: string, o: Optimizer): LRScheduler[] {
  return key.split(' + ').map((name) => make[name]!(o));
}

function inSequence(key: string, milestones: readonly number[]): (o: Optimizer) => LRScheduler {
  return (o) => new SequentialLR(o, allOf(key, o), milestones);
}

function inChain(key: string): (o: Optimizer) => LRScheduler {
  return (o) => new ChainedScheduler(o, allOf(key, o));
}

/** The rates of all groups that a schedule gives: at once, and after each of `steps` steps. */
function follow(
  build: (o: Optimizer) => Schedule,
  { steps = expected.steps, initial = [expected.rate] } = {},
): number[] {
  const optimizer = optimizerOf(initial);
  const schedule = build(optimizer);
  const rates = ratesOf(optimizer);
  for (let step = 1; step <= steps; step++) {
    schedule.step();
    rates.push(...ratesOf(optimizer));
  }
  return rates;
}

function ratesOf({ groups }: Optimizer): number[] {
  return groups.map((group) => group.options.learningRate);
}

/** Matches rates up to rounding. */
function near(rates: readonly (number | readonly number[])[]): unknown[] {
  return rates.flat().map((rate) => expect.closeTo(rate, 12));
}

const pairs = Object.keys(expected.sequential) as (keyof typeof expected.sequential)[];
const triples = Object.keys(expected.triples.sequential) as TripleKey[];
type TripleKey = keyof typeof expected.triples.sequential;

describe('pairs of schedules on one optimiser equal PyTorch', () => {
  test('there are all', () => expect(pairs).toHaveLength(Object.keys(make).length ** 2));

  test.each(pairs)('in sequence: %s', (key) => {
    expect(follow(inSequence(key, [expected.milestone]))).toEqual(near(expected.sequential[key]));
  });

  test.each(pairs)('chained: %s', (key) =>
    expect(follow(inChain(key))).toEqual(near(expected.chained[key])),
  );

  test.each(pairs)('stepped by hand: %s', (key) => {
    const together = (o: Optimizer): Schedule => {
      const schedules = allOf(key, o);
      return { step: () => schedules.forEach((schedule) => schedule.step()) };
    };
    expect(follow(together)).toEqual(near(expected.together[key]));
  });

  test.each(pairs)('made when the other has run: %s', (key) => {
    const optimizer = optimizerOf([expected.rate]);
    const rates: number[] = [];
    for (const name of key.split(' + ')) {
      const schedule = make[name]!(optimizer);
      rates.push(...ratesOf(optimizer));
      for (let step = 1; step <= 4; step++) {
        schedule.step();
        rates.push(...ratesOf(optimizer));
      }
    }
    expect(rates).toEqual(near(expected['one after another'][key]));
  });
});

describe('three schedules on one optimiser equal PyTorch', () => {
  const { milestones } = expected.triples;

  test.each(triples)('in sequence: %s', (key) => {
    expect(follow(inSequence(key, milestones))).toEqual(near(expected.triples.sequential[key]));
  });

  test.each(triples)('chained: %s', (key) =>
    expect(follow(inChain(key))).toEqual(near(expected.triples.chained[key])),
  );

  test.each(triples)('a sequence in a chain: %s', (key) => {
    expect(
      follow((o) => {
        const [first, second, third] = key.split(' + ');
        const pair = [make[first!]!(o), make[second!]!(o)];
        const sequence = new SequentialLR(o, pair, [expected.milestone]);
        return new ChainedScheduler(o, [sequence, make[third!]!(o)]);
      }),
    ).toEqual(near(expected['chain of sequences'][key]));
  });

  // PyTorch steps an inner sequence twice at its start and cannot start one later: the flat one is what is meant.
  test.each(triples)('a sequence in a sequence is the flat one: %s', (key) => {
    const [early, late] = milestones as [number, number];
    expect(
      follow((o) => {
        const [a, b, c] = allOf(key, o);
        return new SequentialLR(o, [new SequentialLR(o, [a!, b!], [early]), c!], [late]);
      }),
    ).toEqual(near(expected.triples.sequential[key]));
    expect(
      follow((o) => {
        const [a, b, c] = allOf(key, o);
        return new SequentialLR(o, [a!, new SequentialLR(o, [b!, c!], [late - early])], [early]);
      }),
    ).toEqual(near(expected.triples.sequential[key]));
  });

  const chainable = triples.filter((key) => !key.includes('one-cycle'));

  test.each(chainable)('a chain in a sequence in a sequence: %s', (key) => {
    const rates = follow(
      (o) => {
        const warm = new LinearLR(o, { startFactor: 0.5, totalSteps: 2 });
        const last = new ExponentialLR(o, { gamma: 0.5 });
        const inner = new SequentialLR(o, [inChain(key)(o), last], [4]);
        return new SequentialLR(o, [warm, inner], [2]);
      },
      { steps: 8 },
    );
    const chain = expected.triples.chained[key].slice(0, 4);
    expect(rates).toEqual(near([0.25, 0.375, ...chain, 0.5, 0.25, 0.125]));
  });
});

describe('several groups', () => {
  const { rates, alone, sequential } = expected.groups;

  test.each(Object.keys(alone) as (keyof typeof alone)[])('each from its rate: %s', (key) => {
    expect(follow(make[key]!, { initial: rates })).toEqual(near(alone[key]));
  });

  test.each(triples)('each from its rate, in sequence: %s', (key) => {
    expect(follow(inSequence(key, expected.triples.milestones), { initial: rates })).toEqual(
      near(sequential[key]),
    );
  });
});

describe('reduce on plateau beside another schedule equals PyTorch', () => {
  const rates = expected['beside plateau'];
  test.each(Object.keys(rates) as (keyof typeof rates)[])('%s', (key) => {
    expect(
      follow((o) => {
        const schedule = make[key]!(o);
        const plateau = new ReduceLROnPlateau(o, { factor: 0.5, patience: 2 });
        return {
          step: () => {
            schedule.step();
            plateau.step(1);
          },
        };
      }),
    ).toEqual(near(rates[key]));
  });
});

describe('a schedule that is continued', () => {
  const { alone, sequential, chained } = expected.resumed;
  const { milestones } = expected.triples;
  const stop = expected.resumed['after steps'];
  const steps = expected.steps - stop;
  const continued = (build: (o: Optimizer) => LRScheduler): ((o: Optimizer) => Schedule) => {
    return (o) => {
      const schedule = build(o);
      schedule.steps = stop;
      return schedule;
    };
  };

  test.each(Object.keys(alone) as (keyof typeof alone)[])('alone: %s', (key) => {
    expect(follow(continued(make[key]!), { steps })).toEqual(near(alone[key]));
  });

  test.each(triples)('in sequence: %s', (key) => {
    expect(follow(continued(inSequence(key, milestones)), { steps })).toEqual(
      near(sequential[key]),
    );
  });

  test.each(Object.keys(chained) as (keyof typeof chained)[])('chained: %s', (key) => {
    expect(follow(continued(inChain(key)), { steps })).toEqual(near(chained[key]));
  });

  test('counts whole steps', () => {
    const schedule = make['linear']!(optimizerOf([1]));
    expect(() => {
      schedule.steps = -1;
    }).toThrow('LinearLR: expected steps as an integer from 0 to 2^31 - 1, got -1');
  });
});

test('a warm-up peaks at the rate that the user gave', () => {
  const o = optimizerOf([1]);
  const warm = new LinearLR(o, { startFactor: 0.1, totalSteps: 5 });
  const cos = new CosineAnnealingLR(o, { totalSteps: 10 });
  const schedule = new SequentialLR(o, [warm, cos], [5]);
  const rates = Array.from({ length: 15 }, () => {
    const [rate] = schedule.learningRates;
    schedule.step();
    return rate!;
  });
  expect(rates[0]).toBeCloseTo(0.1, 12);
  expect(Math.max(...rates)).toBeCloseTo(1, 12);
  expect(schedule.learningRates[0]).toBeCloseTo(0, 12);
});

test('a rate that the user changes is kept by what scales it', () => {
  const o = optimizerOf([1]);
  const schedule = new ExponentialLR(o, { gamma: 0.5 });
  schedule.step();
  o.groups[0]!.options = { ...o.groups[0]!.options, learningRate: 8 };
  schedule.step();
  expect(schedule.learningRates).toEqual([4]);
});

test('rate() tells what a composition alone would give', () => {
  for (const build of [
    inChain('linear + exponential + cosine'),
    inSequence('linear + cosine', [4]),
  ]) {
    const schedule = build(optimizerOf([0.5]));
    for (let step = 0; step < 12; step++) {
      expect(schedule.rate(step, 0.5), `step ${step}`).toBeCloseTo(schedule.learningRates[0]!, 12);
      schedule.step();
    }
  }
});

test('a schedule of the user, from its rule alone, can be composed', () => {
  class Sawtooth extends LRScheduler {
    constructor(o: Optimizer) {
      super(o);
      this.apply();
    }

    override rate(step: number, base: number): number {
      return base * (1 + (step % 3));
    }
  }
  const rates = follow((o) => new SequentialLR(o, [make['linear']!(o), new Sawtooth(o)], [2]), {
    steps: 5,
  });
  expect(rates).toEqual(near([0.05, 0.14, 0.5, 1, 1.5, 0.5]));
});

describe('compositions refuse', () => {
  const o = optimizerOf([1]);
  const linear = (): LRScheduler => new LinearLR(o);

  test('schedules of another optimiser', () => {
    const stranger = new LinearLR(optimizerOf([1]));
    const message =
      'expected schedules of the optimiser that it was given, got schedule 1, a LinearLR';
    expect(() => new SequentialLR(o, [linear(), stranger], [3])).toThrow(
      `SequentialLR: ${message}`,
    );
    expect(() => new ChainedScheduler(o, [linear(), stranger])).toThrow(
      `ChainedScheduler: ${message}`,
    );
  });

  test('what is no schedule that counts steps, and nothing at all', () => {
    const plateau = new ReduceLROnPlateau(o) as unknown as LRScheduler;
    expect(() => new SequentialLR(o, [linear(), plateau], [3])).toThrow(
      'SequentialLR: expected an LRScheduler as schedule 1, got a ReduceLROnPlateau',
    );
    expect(() => new ChainedScheduler(o, [])).toThrow(
      'ChainedScheduler: expected at least one schedule, got []',
    );
  });

  test('milestones that do not fit', () => {
    expect(() => new SequentialLR(o, [linear(), linear()], [])).toThrow(
      'SequentialLR: expected 1 milestones for 2 schedules, got 0',
    );
    expect(() => new SequentialLR(o, [linear(), linear(), linear()], [5, 3])).toThrow(
      'SequentialLR: expected milestones in ascending order, got [5, 3]',
    );
  });
});

describe('a schedule that fails', () => {
  test('has changed no group and counted no step', () => {
    const o = optimizerOf([1, 2]);
    class Breaks extends LRScheduler {
      constructor() {
        super(o);
        this.apply();
      }

      override rate(step: number, base: number): number {
        if (step === 2 && base === 2) return Number.NaN;
        return base / (step + 1);
      }
    }
    const schedule = new Breaks();
    schedule.step();
    expect(() => schedule.step()).toThrow(
      'Breaks: expected options that give a finite learning rate',
    );
    expect(schedule.steps).toBe(1);
    expect(schedule.learningRates).toEqual([0.5, 1]);
  });

  test('in its constructor leaves the groups alone', () => {
    const o = optimizerOf([1]);
    expect(() => new OneCycleLR(o, { maxLearningRate: 4, totalSteps: 0 })).toThrow('totalSteps');
    expect(() => new LinearLR(o, { totalSteps: 0.5 })).toThrow('totalSteps');
    expect(o.groups[0]!.options.learningRate).toBe(1);
    expect(o.groups[0]!.initialLearningRate).toBeUndefined();
  });
});
