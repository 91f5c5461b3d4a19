import { describeNumbers, familyOf } from '@convnet/model-testing';
import { join } from 'node:path';

import * as family from '../template/src/index.ts';

// `template/fixtures` is what `pytorch.py` of the template gave, by the steps of its DEVELOPING.md.
describeNumbers(familyOf(join(import.meta.dirname, '../template/src'), family));
