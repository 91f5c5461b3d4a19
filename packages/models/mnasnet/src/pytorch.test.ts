import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as mnasnet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, mnasnet));
