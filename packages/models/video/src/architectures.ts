import type { Architectures } from '@convnet/layers';

import { mc3_18Weights, r2plus1d_18Weights, r3d_18Weights } from './weights.ts';

const reference =
  'Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018';
/** A clip of 16 frames. */
const inputShape = [1, 3, 16, 112, 112];
const source = 'torchvision 0.14.1';

/** The facts about the builders. */
export const architectures: Architectures<'r3d_18' | 'mc3_18' | 'r2plus1d_18'> = {
  r3d_18: {
    reference,
    parameters: 33_371_472,
    macs: 40_696_553_472,
    inputShape,
    source,
    weights: r3d_18Weights,
  },
  mc3_18: {
    reference,
    parameters: 11_695_440,
    macs: 43_342_635_008,
    inputShape,
    source,
    weights: mc3_18Weights,
  },
  r2plus1d_18: {
    reference,
    parameters: 31_505_325,
    macs: 40_519_080_960,
    inputShape,
    source,
    weights: r2plus1d_18Weights,
  },
};
