import { describeShapes, familyOf } from '@convnet/model-testing';

import * as mobilenet from './index.ts';

describeShapes(familyOf(import.meta.dirname, mobilenet));
