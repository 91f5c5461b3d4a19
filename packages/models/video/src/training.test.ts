import { describeVolumes, familyOf } from '@convnet/model-testing';

import * as video from './index.ts';

for (const builder of ['r3d_18', 'mc3_18', 'r2plus1d_18']) {
  describeVolumes(familyOf(import.meta.dirname, video), { builder, options: { width: 4 } });
}
