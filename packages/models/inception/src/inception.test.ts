import { describeShapes, familyOf } from '@convnet/model-testing';

import * as inception from './index.ts';

describeShapes(familyOf(import.meta.dirname, inception));
