import { describeTraining, familyOf } from '@convnet/model-testing';

import * as lenet from './index.ts';

describeTraining(
  familyOf(import.meta.dirname, lenet, { sized: ['lenet5', 'lenet5_relu', 'lenet_bn'] }),
  {
    builder: 'lenet5',
  },
);
