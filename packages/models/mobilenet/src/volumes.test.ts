import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as mobilenet from './index.ts';

const family = familyOf(import.meta.dirname, mobilenet);

describeVolumes(family, { builder: 'mobilenet_v1', options: { widthMult: 0.25, stem: 'cifar' } });
describeVolumes(family, { builder: 'mobilenet_v2', options: { widthMult: 0.25, stem: 'cifar' } });
describeVolumes(family, {
  builder: 'mobilenet_v3_small',
  options: { widthMult: 0.25, stem: 'cifar' },
});
