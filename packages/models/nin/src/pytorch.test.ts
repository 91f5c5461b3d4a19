import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as nin from './index.ts';

describeNumbers(familyOf(import.meta.dirname, nin));
