import { describeTraining, familyOf } from '@convnet/model-testing';

import * as nin from './index.ts';

describeTraining(familyOf(import.meta.dirname, nin), {
  builder: 'nin_cifar10',
  // The logits end in ReLU: at 1e-3 all of them fall to zero, where nothing learns any more.
  options: { dropout: 0 },
  learningRate: 3e-4,
  steps: [80, 200],
  extent: [28, 10],
});
