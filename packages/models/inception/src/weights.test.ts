import { describeWeights, familyOf } from '@convnet/model-testing';

import * as inception from './index.ts';

describeWeights(familyOf(import.meta.dirname, inception), inception);
