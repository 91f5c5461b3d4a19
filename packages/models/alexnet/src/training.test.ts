import { describeTraining, familyOf } from '@convnet/model-testing';

import * as alexnet from './index.ts';

describeTraining(familyOf(import.meta.dirname, alexnet), {
  builder: 'alexnet_half',
  // Eight layers without norms do not start at Adam's usual 1e-3, and with dropout only after many epochs.
  options: { hidden: 256, dropout: 0 },
  learningRate: 3e-4,
  extent: [63, 63],
});
