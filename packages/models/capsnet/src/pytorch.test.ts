import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as capsnet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, capsnet));
