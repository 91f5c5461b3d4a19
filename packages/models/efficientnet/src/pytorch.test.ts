import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as efficientnet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, efficientnet));
