import { describeShapes, familyOf } from '@convnet/model-testing';

import * as vgg from './index.ts';

describeShapes(familyOf(import.meta.dirname, vgg));
