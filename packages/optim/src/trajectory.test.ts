import { tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import expected from '../fixtures/trajectories.json' with { type: 'json' };
import {
  Adagrad,
  Adam,
  AdamW,
  ChainedScheduler,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  ExponentialLR,
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

/** The steps whose parameters the fixture holds. */
const recorded = [1, 2, 10, 25, 50];

/** The gradient that the fixture's script uses. */
async function gradient(parameter: Tensor, t: number): Promise<Tensor> {
  const values = await parameter.data();
  const slopes = Array.from(values, (p, i) => (1 + 0.3 * i) * p + 0.5 * Math.cos(0.3 * t + i));
  return tensor(slopes, [values.length], { device });
}

const optimizers: Record<keyof typeof expected.trajectories, (p: Tensor[]) => Optimizer> = {
  sgd: (p) => new SGD(p, { learningRate: 0.1 }),
  'sgd momentum': (p) => new SGD(p, { learningRate: 0.05, momentum: 0.9 }),
  'sgd momentum dampening': (p) =>
    new SGD(p, { learningRate: 0.05, momentum: 0.9, dampening: 0.3 }),
  'sgd nesterov decay': (p) =>
    new SGD(p, { learningRate: 0.02, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  'sgd maximize': (p) => new SGD(p, { learningRate: 0.01, maximize: true }),
  adam: (p) => new Adam(p, { learningRate: 0.05 }),
  'adam decay': (p) =>
    new Adam(p, { learningRate: 0.03, betas: [0.8, 0.95], epsilon: 1e-6, weightDecay: 0.2 }),
  adamw: (p) => new AdamW(p, { learningRate: 0.05, weightDecay: 0.1 }),
  'adam amsgrad': (p) =>
    new Adam(p, { learningRate: 0.05, betas: [0.9, 0.9], weightDecay: 0.1, amsgrad: true }),
  'adamw amsgrad maximize': (p) =>
    new AdamW(p, {
      learningRate: 0.01,
      betas: [0.9, 0.95],
      weightDecay: 0.1,
      amsgrad: true,
      maximize: true,
    }),
  rmsprop: (p) => new RMSprop(p, { learningRate: 0.02 }),
  'rmsprop centered momentum': (p) =>
    new RMSprop(p, {
      learningRate: 0.01,
      alpha: 0.9,
      centered: true,
      momentum: 0.5,
      weightDecay: 0.1,
    }),
  'rmsprop tf': (p) =>
    new RMSpropTF(p, { learningRate: 0.02, alpha: 0.9, epsilon: 0.001, momentum: 0.9 }),
  adagrad: (p) =>
    new Adagrad(p, {
      learningRate: 0.3,
      learningRateDecay: 0.05,
      weightDecay: 0.1,
      initialAccumulator: 0.2,
    }),
  lamb: (p) => new LAMB(p, { learningRate: 0.05 }),
};

describe('50 steps equal PyTorch to 1e-5', () => {
  test.each(Object.keys(optimizers) as (keyof typeof optimizers)[])('%s', async (name) => {
    const before = device.liveBuffers;
    const parameter = tensor(expected.start, [6], { device, requiresGrad: true });
    const optimizer = optimizers[name]([parameter]);
    for (let t = 1; t <= 50; t++) {
      optimizer.zeroGrad();
      parameter.grad = await gradient(parameter, t);
      optimizer.step();
      const i = recorded.indexOf(t);
      if (i < 0) continue;
      const values = await parameter.data();
      expected.trajectories[name][i]!.forEach((value, j) => {
        expect(Math.abs(values[j]! - value), `step ${t}, parameter ${j}`).toBeLessThan(1e-5);
      });
    }
    optimizer.zeroGrad();
    optimizer.dispose();
    parameter.dispose();
    expect(device.liveBuffers).toBe(before);
  });
});

function sgd(): Optimizer {
  return new SGD([tensor([0], { device, requiresGrad: true })], { learningRate: 0.5 });
}

const schedules: Record<keyof typeof expected.schedules, (o: Optimizer) => LRScheduler> = {
  step: (o) => new StepLR(o, { stepSize: 7, gamma: 0.3 }),
  'multi-step': (o) => new MultiStepLR(o, { milestones: [4, 5, 20], gamma: 0.5 }),
  exponential: (o) => new ExponentialLR(o, { gamma: 0.9 }),
  polynomial: (o) => new PolynomialLR(o, { totalSteps: 20, power: 2 }),
  linear: (o) => new LinearLR(o, { startFactor: 0.1, totalSteps: 8 }),
  cosine: (o) => new CosineAnnealingLR(o, { totalSteps: 20, minLearningRate: 0.01 }),
  'cosine restarts': (o) =>
    new CosineAnnealingWarmRestarts(o, { firstSteps: 4, multiplier: 2, minLearningRate: 0.01 }),
  'one-cycle': (o) => new OneCycleLR(o, { maxLearningRate: 0.4, totalSteps: 30 }),
  sequential: (o) =>
    new SequentialLR(
      o,
      [new LinearLR(o, { startFactor: 0.25, totalSteps: 5 }), new ExponentialLR(o, { gamma: 0.8 })],
      [5],
    ),
  chained: (o) =>
    new ChainedScheduler(o, [
      new LinearLR(o, { startFactor: 0.25, totalSteps: 5 }),
      new ExponentialLR(o, { gamma: 0.9 }),
    ]),
};

describe('schedules equal PyTorch', () => {
  test.each(Object.keys(schedules) as (keyof typeof schedules)[])('%s', (name) => {
    const optimizer = sgd();
    const schedule = schedules[name](optimizer);
    for (const rate of expected.schedules[name]) {
      expect(optimizer.groups[0]!.options.learningRate).toBeCloseTo(rate, 10);
      schedule.step();
    }
  });

  test('a cycle whose rise is one step long starts at its peak', () => {
    const optimizer = sgd();
    const schedule = new OneCycleLR(optimizer, { maxLearningRate: 0.4, totalSteps: 10, rise: 0.1 });
    expect(schedule.learningRates).toEqual([0.4]);
    for (let i = 0; i < 9; i++) schedule.step();
    expect(schedule.learningRates[0]).toBeCloseTo(0.4 / 25 / 1e4, 12);
  });

  test('a rate that is not finite is refused', () => {
    expect(() => new StepLR(sgd(), { stepSize: 1, gamma: NaN }).step()).toThrow(
      'StepLR: expected options that give a finite learning rate, got NaN at step 1',
    );
  });

  test('reduce on plateau', () => {
    const optimizer = sgd();
    const schedule = new ReduceLROnPlateau(optimizer, {
      factor: 0.5,
      patience: 2,
      cooldown: 1,
      minLearningRate: 0.1,
    });
    const rates = expected.plateau.metrics.map((metric) => {
      schedule.step(metric);
      return optimizer.groups[0]!.options.learningRate;
    });
    expect(rates).toEqual(expected.plateau.rates);
  });
});
