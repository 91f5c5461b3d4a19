import { describeTraining, familyOf } from '@convnet/model-testing';

import * as inception from './index.ts';

describeTraining(familyOf(import.meta.dirname, inception), {
  builder: 'googlenet',
  // Dropouts of 0.2 and 0.7 would ask for more steps.
  options: { dropout: 0, dropoutAux: 0 },
  digits: 64,
  steps: [40, 40],
  extent: [32, 28],
  guessing: 1.6 * Math.log(10), // two auxiliary classifiers add 0.3 each
});
