import { describeWeights, familyOf } from '@convnet/model-testing';

import * as resnet from './index.ts';

describeWeights(familyOf(import.meta.dirname, resnet), resnet);
