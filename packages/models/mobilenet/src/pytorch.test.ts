import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as mobilenet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, mobilenet));
