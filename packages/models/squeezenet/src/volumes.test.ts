import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as squeezenet from './index.ts';

describeVolumes(familyOf(import.meta.dirname, squeezenet), {
  builder: 'squeezenet1_1',
  options: { dropout: 0 },
  extent: 24,
  learningRate: 1e-3,
  steps: 30,
});
