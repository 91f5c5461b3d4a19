import { describeNumbers, familyOf } from '@convnet/model-testing';

import * as timeSeries from './index.ts';

describeNumbers(familyOf(import.meta.dirname, timeSeries));
