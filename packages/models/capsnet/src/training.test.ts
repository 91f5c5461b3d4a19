import { describeTraining, familyOf } from '@convnet/model-testing';
import { marginLoss } from '@convnet/tensor-core';

import * as capsnet from './index.ts';
import type { CapsNetOutput } from './index.ts';

describeTraining(familyOf(import.meta.dirname, capsnet), {
  builder: 'capsnet',
  options: { convChannels: 32, primaryCapsules: 4 },
  steps: [100, 50],
  loss: (output, labels) => marginLoss((output as CapsNetOutput).logits, labels),
});
