import { describeTraining, familyOf } from '@convnet/model-testing';

import * as zfnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, zfnet), {
  builder: 'zfnet_bn',
  // Linear layers start with deviations of 0.01, made for 4,096 units; far fewer get no signal through.
  options: { hidden: 1024, dropout: 0 },
  learningRate: 3e-4,
  steps: [60, 50],
  extent: [53, 53],
});
