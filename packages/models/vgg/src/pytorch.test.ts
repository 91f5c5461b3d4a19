import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as vgg from './index.ts';

describeNumbers(familyOf(import.meta.dirname, vgg));
