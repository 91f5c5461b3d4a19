import { describeTraining, familyOf } from '@convnet/model-testing';

import * as squeezenet from './index.ts';

describeTraining(familyOf(import.meta.dirname, squeezenet), {
  builder: 'squeezenet1_1',
  // The logits end in ReLU: at 1e-3 all of them fall to zero, where nothing learns any more.
  options: { dropout: 0 },
  learningRate: 1e-4,
  steps: [200, 280],
  extent: [96, 36],
});
