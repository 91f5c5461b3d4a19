import { type Architectures } from '@convnet/layers';

import {
  shufflenet_v2_x0_5Weights,
  shufflenet_v2_x1_0Weights,
  shufflenet_v2_x1_5Weights,
  shufflenet_v2_x2_0Weights,
} from './weights.ts';

const v2 =
  'Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", ECCV 2018';

/** The facts about the builders. */
export const architectures: Architectures<
  | 'shufflenet_v1'
  | 'shufflenet_v2_x0_5'
  | 'shufflenet_v2_x1_0'
  | 'shufflenet_v2_x1_5'
  | 'shufflenet_v2_x2_0'
> = {
  shufflenet_v1: {
    reference:
      'Zhang et al., "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices", CVPR 2018',
    parameters: 1_865_728,
    macs: 137_460_672,
    inputShape: [1, 3, 224, 224],
    source: 'table 2 of the paper: 137 M multiply-adds with 3 groups; exact numbers computed',
    published: 'ImageNet top-1 error 32.6 % with 3 groups (table 2)',
  },
  shufflenet_v2_x0_5: {
    reference: v2,
    parameters: 1_366_792,
    macs: 40_476_448,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: shufflenet_v2_x0_5Weights,
  },
  shufflenet_v2_x1_0: {
    reference: v2,
    parameters: 2_278_604,
    macs: 144_907_992,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: shufflenet_v2_x1_0Weights,
  },
  shufflenet_v2_x1_5: {
    reference: v2,
    parameters: 3_503_624,
    macs: 295_759_392,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: shufflenet_v2_x1_5Weights,
  },
  shufflenet_v2_x2_0: {
    reference: v2,
    parameters: 7_393_996,
    macs: 583_253_464,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: shufflenet_v2_x2_0Weights,
  },
};
