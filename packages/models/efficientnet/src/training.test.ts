import { describeTraining, familyOf } from '@convnet/model-testing';

import * as efficientnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, efficientnet), {
  builder: 'efficientnet_b0',
  options: { stem: 'cifar', dropout: 0, stochasticDepthProb: 0 },
  learningRate: 2e-3,
  steps: [120, 90],
  extent: [16, 12],
});
