import { describeWeights, familyOf } from '@convnet/model-testing';

import * as densenet from './index.ts';

describeWeights(familyOf(import.meta.dirname, densenet), densenet);
