import { describeShapes, familyOf } from '@convnet/model-testing';

import * as resnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, resnet));
