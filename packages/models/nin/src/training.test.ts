import { describeTraining, familyOf } from '@convnet/model-testing';

import * as nin from './index.ts';

describeTraining(familyOf(import.meta.dirname, nin), {
  builder: 'nin_cifar10',
  // The logits end in ReLU: from 3e-4 on all of them may fall to zero, where nothing learns any more.
  options: { dropout: 0 },
  learningRate: 1e-4,
  digits: 64,
  steps: [120, 120],
  extent: [28, 10],
});
