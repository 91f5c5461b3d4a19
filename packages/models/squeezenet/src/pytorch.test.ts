import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as squeezenet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, squeezenet));
