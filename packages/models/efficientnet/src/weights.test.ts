import { describeWeights, familyOf } from '@convnet/model-testing';

import * as efficientnet from './index.ts';

describeWeights(familyOf(import.meta.dirname, efficientnet), efficientnet);
