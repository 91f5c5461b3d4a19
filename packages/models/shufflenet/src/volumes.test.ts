import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as shufflenet from './index.ts';

const family = familyOf(import.meta.dirname, shufflenet);

describeVolumes(family, { builder: 'shufflenet_v1', options: { widthMult: 0.25, stem: 'cifar' } });
describeVolumes(family, { builder: 'shufflenet_v2_x0_5', options: { stem: 'cifar' } });
