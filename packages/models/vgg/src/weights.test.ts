import { describeWeights, familyOf } from '@convnet/model-testing';

import * as vgg from './index.ts';

describeWeights(familyOf(import.meta.dirname, vgg), vgg);
