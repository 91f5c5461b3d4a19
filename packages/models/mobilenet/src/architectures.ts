import { type Architectures } from '@convnet/layers';

import {
  mobilenet_v2Weights,
  mobilenet_v3_largeWeights,
  mobilenet_v3_smallWeights,
} from './weights.ts';

const v2 = 'Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018';
const v3 = 'Howard et al., "Searching for MobileNetV3", ICCV 2019';

/** The facts about the builders. */
export const architectures: Architectures<
  'mobilenet_v1' | 'mobilenet_v2' | 'mobilenet_v3_large' | 'mobilenet_v3_small'
> = {
  mobilenet_v1: {
    reference:
      'Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017',
    parameters: 4_231_976,
    macs: 568_740_352,
    inputShape: [1, 3, 224, 224],
    source:
      'table 8 of the paper: 569 M multiply-adds and 4.2 M parameters; exact numbers computed',
    published: 'ImageNet accuracy 70.6 % (table 8)',
  },
  mobilenet_v2: {
    reference: v2,
    parameters: 3_504_872,
    macs: 300_774_272,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: mobilenet_v2Weights,
  },
  mobilenet_v3_large: {
    reference: v3,
    parameters: 5_483_032,
    macs: 216_589_760,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: mobilenet_v3_largeWeights,
  },
  mobilenet_v3_small: {
    reference: v3,
    parameters: 2_542_856,
    macs: 56_510_400,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: mobilenet_v3_smallWeights,
  },
};
