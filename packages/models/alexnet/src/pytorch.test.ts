import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as alexnet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, alexnet));
