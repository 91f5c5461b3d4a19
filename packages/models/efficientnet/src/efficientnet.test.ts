import { describeShapes, familyOf } from '@convnet/model-testing';

import * as efficientnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, efficientnet));
