import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as video from './index.ts';

describeNumbers(familyOf(import.meta.dirname, video));
