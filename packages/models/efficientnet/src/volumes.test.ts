import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as efficientnet from './index.ts';

describeVolumes(familyOf(import.meta.dirname, efficientnet), {
  builder: 'efficientnet_b0',
  options: { stem: 'cifar', dropout: 0, stochasticDepthProb: 0 },
});
