import { describeTraining, familyOf } from '@convnet/model-testing';

import * as mobilenet from './index.ts';

const family = familyOf(import.meta.dirname, mobilenet);

describeTraining(family, {
  builder: 'mobilenet_v1',
  // A quarter of the width learns slowly at 1e-3.
  options: { widthMult: 0.25, stem: 'cifar' },
  learningRate: 5e-3,
  extent: [28, 16],
});

describeTraining(family, {
  builder: 'mobilenet_v3_small',
  options: { widthMult: 0.5, stem: 'cifar' },
  steps: [100, 60],
});
