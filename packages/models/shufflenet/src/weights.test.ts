import { describeWeights, familyOf } from '@convnet/model-testing';

import * as shufflenet from './index.ts';

describeWeights(familyOf(import.meta.dirname, shufflenet), shufflenet);
