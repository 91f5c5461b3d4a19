import { describeWeights, familyOf } from '@convnet/model-testing';

import * as alexnet from './index.ts';

describeWeights(familyOf(import.meta.dirname, alexnet), alexnet);
