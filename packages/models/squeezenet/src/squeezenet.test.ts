import { describeShapes, familyOf } from '@convnet/model-testing';

import * as squeezenet from './index.ts';

describeShapes(familyOf(import.meta.dirname, squeezenet));
