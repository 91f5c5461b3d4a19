import { describeShapes, familyOf } from '@convnet/model-testing';

import * as family from './index.ts';

// Facts, shapes in every rank and size, building on a device, bad input: none of it needs numbers of PyTorch.
describeShapes(familyOf(import.meta.dirname, family));
