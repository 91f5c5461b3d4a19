import { describeTraining, familyOf } from '@convnet/model-testing';

import * as efficientnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, efficientnet), {
  builder: 'efficientnet_b0',
  // For ten classes its classifier starts with large weights, at a loss of 10: slow to come down at 1e-3.
  options: { stem: 'cifar', dropout: 0, stochasticDepthProb: 0 },
  digits: 32,
  learningRate: 3e-3,
  steps: [80, 72],
  extent: [16, 10],
});
