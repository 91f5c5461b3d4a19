import { describeWeights, familyOf } from '@convnet/model-testing';

import * as squeezenet from './index.ts';

describeWeights(familyOf(import.meta.dirname, squeezenet), squeezenet);
