import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as resnet from './index.ts';

describeNumbers(familyOf(import.meta.dirname, resnet));
