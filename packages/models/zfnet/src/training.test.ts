import { describeTraining, familyOf } from '@convnet/model-testing';

import * as zfnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, zfnet), {
  builder: 'zfnet_bn',
  // Linear layers start with deviations of 0.01, made for 4,096 units; far fewer get no signal through.
  options: { hidden: 512, dropout: 0 },
  digits: 64,
  learningRate: 5e-4,
  steps: [40, 48],
  extent: [53, 53],
});
