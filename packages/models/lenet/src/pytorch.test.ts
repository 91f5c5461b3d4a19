import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as lenet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, lenet));
