import { describeWeights, familyOf } from '@convnet/model-testing';

import * as video from './index.ts';

describeWeights(familyOf(import.meta.dirname, video), video);
