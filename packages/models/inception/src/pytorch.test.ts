import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as inception from './index.ts';

describeNumbers(familyOf(import.meta.dirname, inception));
