import { describeShapes, familyOf } from '@convnet/model-testing';

import * as capsnet from './index.ts';

describeShapes(familyOf(import.meta.dirname, capsnet, { sized: ['capsnet'] }));
