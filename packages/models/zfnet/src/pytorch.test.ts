import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as zfnet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, zfnet));
