import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as shufflenet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, shufflenet));
