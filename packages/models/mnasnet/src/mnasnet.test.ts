import { describeShapes, familyOf } from '@convnet/model-testing';

import * as mnasnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, mnasnet));
