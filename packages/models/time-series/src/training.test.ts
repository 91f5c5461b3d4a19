import { describeTraining, familyOf } from '@convnet/model-testing';

import * as timeSeries from './index.ts';

describeTraining(familyOf(import.meta.dirname, timeSeries), {
  builder: 'inception_time',
  options: { width: 8, depth: 3 },
});
