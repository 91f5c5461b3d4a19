import { describeTraining, familyOf } from '@convnet/model-testing';

import * as mnasnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, mnasnet), {
  builder: 'mnasnet0_5',
  // For ten classes its classifier starts with large weights, at a loss of 15: slow to come down at 1e-3.
  options: { stem: 'cifar', dropout: 0 },
  digits: 64,
  learningRate: 3e-3,
  steps: [120, 80],
  extent: [28, 20],
});
