import { describeShapes, familyOf } from '@convnet/model-testing';

import * as zfnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, zfnet, { sized: ['zfnet', 'zfnet_bn'] }));
