import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as mnasnet from './index.ts';

describeVolumes(familyOf(import.meta.dirname, mnasnet), {
  builder: 'mnasnet0_5',
  options: { stem: 'cifar', dropout: 0 },
});
