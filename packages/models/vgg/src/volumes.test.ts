import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as vgg from './index.ts';

describeVolumes(familyOf(import.meta.dirname, vgg), {
  builder: 'vgg11_bn',
  options: { width: 4, hidden: 16, dropout: 0 },
  extent: 32,
});
