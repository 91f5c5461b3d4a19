import { describeShapes, familyOf } from '@convnet/model-testing';

import * as shufflenet from './index.ts';

describeShapes(familyOf(import.meta.dirname, shufflenet));
