import { describeTraining, familyOf } from '@convnet/model-testing';

import * as lenet from './index.ts';

describeTraining(familyOf(import.meta.dirname, lenet), {
  builder: 'lenet5',
});
