import { describeShapes, familyOf } from '@convnet/model-testing';

import * as nin from './index.ts';

describeShapes(familyOf(import.meta.dirname, nin));
