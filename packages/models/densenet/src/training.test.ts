import { describeTraining, familyOf } from '@convnet/model-testing';

import * as densenet from './index.ts';

describeTraining(familyOf(import.meta.dirname, densenet), {
  builder: 'densenet121',
  options: { growthRate: 8, numInitFeatures: 16, stem: 'cifar' },
  steps: [80, 60],
  extent: [14, 14],
});
