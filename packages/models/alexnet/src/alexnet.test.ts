import { describeShapes, familyOf } from '@convnet/model-testing';

import * as alexnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, alexnet, { sized: ['alexnet_2012', 'alexnet_half'] }));
