import { describeTraining, familyOf } from '@convnet/model-testing';

import * as shufflenet from './index.ts';

const family = familyOf(import.meta.dirname, shufflenet);

describeTraining(family, {
  builder: 'shufflenet_v1',
  // Both learn at 1e-3 too, in more steps.
  options: { widthMult: 0.25, stem: 'cifar' },
  learningRate: 3e-3,
  steps: [100, 60],
  extent: [28, 14],
});

describeTraining(family, {
  builder: 'shufflenet_v2_x0_5',
  options: { stem: 'cifar' },
  learningRate: 3e-3,
  steps: [100, 60],
  extent: [28, 14],
});
