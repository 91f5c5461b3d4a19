import { describeTraining, familyOf } from '@convnet/model-testing';

import * as vgg from './index.ts';

describeTraining(familyOf(import.meta.dirname, vgg), {
  builder: 'vgg11_bn',
  // torchvision's deviations of 0.01 are made for layers of 4,096; they would leave 64 units no signal.
  options: { width: 8, hidden: 64, dropout: 0, initWeights: false },
  steps: [100, 60],
  extent: [32, 32],
});
