import { ConvnetError, ones, sum, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as optim from './index.ts';
import {
  ExponentialMovingAverage,
  LinearLR,
  ReduceLROnPlateau,
  SGD,
  StepLR,
  type Optimizer,
} from './index.ts';

const device = reference();

function parameter(): Tensor {
  const made = ones([2], { device, requiresGrad: true });
  sum(made).backward();
  return made;
}

const parameters = (): unknown => named('parameters', [parameter()]);
const optimizer = (): Optimizer => new SGD([parameter()], { learningRate: 0.1 });
const common = { learningRate: 0.1, weightDecay: 0.1, maximize: true };
const adam = { ...common, betas: [0.9, 0.99], epsilon: 0.1, amsgrad: true };
const rms = {
  learningRate: 0.1,
  weightDecay: 0.1,
  alpha: 0.9,
  epsilon: 0.1,
  momentum: 0.1,
  centered: true,
};

/** Two schedules of one optimiser. */
function schedules(): { optimizer: Optimizer; list: unknown } {
  const of = optimizer();
  const list = [new LinearLR(of), new StepLR(of, { stepSize: 1 })];
  return { optimizer: of, list: named('schedule', list) };
}

const scheduled = (options: object) => () => [named('optimiser', optimizer()), options];

const samples: Samples = {
  SGD: () => [parameters(), { ...common, momentum: 0.1, dampening: 0, nesterov: true }],
  Adam: () => [parameters(), adam],
  AdamW: () => [parameters(), adam],
  LAMB: () => [
    parameters(),
    { learningRate: 0.1, weightDecay: 0.1, betas: [0.9, 0.99], epsilon: 0.1 },
  ],
  RMSprop: () => [parameters(), rms],
  RMSpropTF: () => [parameters(), rms],
  Adagrad: () => [
    parameters(),
    {
      learningRate: 0.1,
      weightDecay: 0.1,
      learningRateDecay: 0,
      initialAccumulator: 0,
      epsilon: 0.1,
    },
  ],
  Optimizer: {
    instance: optimizer,
    methods: { loadStateDict: () => [named('state', optimizer().stateDict())] },
  },
  LRScheduler: {
    instance: () => new LinearLR(optimizer()),
    methods: {
      steps: () => [0],
      loadStateDict: () => [named('state', new LinearLR(optimizer()).stateDict())],
    },
  },
  StepLR: scheduled({ stepSize: 1, gamma: alsoTakes(0.1, 'NaN') }),
  MultiStepLR: scheduled({ milestones: [1], gamma: alsoTakes(0.1, 'NaN') }),
  ExponentialLR: scheduled({ gamma: alsoTakes(0.1, 'NaN') }),
  PolynomialLR: scheduled({ totalSteps: 2, power: 1 }),
  LinearLR: scheduled({ startFactor: 0.5, endFactor: 1, totalSteps: 2 }),
  CosineAnnealingLR: scheduled({ totalSteps: 2, minLearningRate: 0 }),
  CosineAnnealingWarmRestarts: scheduled({ firstSteps: 2, multiplier: 1, minLearningRate: 0 }),
  OneCycleLR: scheduled({
    maxLearningRate: 1,
    totalSteps: 2,
    rise: 0.3,
    startDivisor: 25,
    endDivisor: 100,
  }),
  ReduceLROnPlateau: {
    make: scheduled({
      mode: 'min',
      factor: 0.1,
      patience: 1,
      threshold: 0.1,
      cooldown: 0,
      minLearningRate: 0,
    }),
    methods: {
      step: () => [alsoTakes(1, 'NaN')],
      loadStateDict: () => [named('state', new ReduceLROnPlateau(optimizer()).stateDict())],
    },
  },
  SequentialLR: () => {
    const { optimizer: of, list } = schedules();
    return [named('optimiser', of), list, named('milestones', [2])];
  },
  ChainedScheduler: () => {
    const { optimizer: of, list } = schedules();
    return [named('optimiser', of), list];
  },
  ExponentialMovingAverage: {
    make: () => [named('tensors', [parameter()]), { decay: 0.9 }],
    methods: {
      with: () => [() => undefined],
      loadStateDict: () => [
        named('state', new ExponentialMovingAverage([parameter()], { decay: 0.9 }).stateDict()),
      ],
    },
  },
  clipGradNorm: () => [parameters(), 1],
  clipGradValue: () => [parameters(), 1],
  snapshotOf: () => [[parameter()]],
};

describe('public calls of optim', () => {
  describePublicCalls({
    exports: optim,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
