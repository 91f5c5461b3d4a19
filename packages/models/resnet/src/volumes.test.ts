import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as resnet from './index.ts';

describeVolumes(familyOf(import.meta.dirname, resnet), {
  builder: 'resnet20',
  options: { width: 4 },
});
