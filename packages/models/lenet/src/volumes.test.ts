import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as lenet from './index.ts';

describeVolumes(familyOf(import.meta.dirname, lenet), { builder: 'lenet5_relu', extent: 28 });
