import { describeWeights, familyOf } from '@convnet/model-testing';

import * as mobilenet from './index.ts';

describeWeights(familyOf(import.meta.dirname, mobilenet), mobilenet);
