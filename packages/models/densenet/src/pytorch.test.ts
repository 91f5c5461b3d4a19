import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as densenet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, densenet));
