import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as densenet from './index.ts';

describeVolumes(familyOf(import.meta.dirname, densenet), {
  builder: 'densenet121',
  options: { growthRate: 2, numInitFeatures: 4, stem: 'cifar' },
});
