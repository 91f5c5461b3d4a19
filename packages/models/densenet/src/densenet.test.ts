import { describeShapes, familyOf } from '@convnet/model-testing';

import * as densenet from './index.ts';

describeShapes(familyOf(import.meta.dirname, densenet));
