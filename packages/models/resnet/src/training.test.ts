import { describeTraining, familyOf } from '@convnet/model-testing';

import * as resnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, resnet), {
  builder: 'resnet20',
  options: { width: 8 },
});
