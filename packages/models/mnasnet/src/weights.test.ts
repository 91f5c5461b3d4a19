import { describeWeights, familyOf } from '@convnet/model-testing';

import * as mnasnet from './index.ts';

describeWeights(familyOf(import.meta.dirname, mnasnet), mnasnet);
