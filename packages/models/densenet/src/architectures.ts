import { type Architectures } from '@convnet/layers';

import {
  densenet121Weights,
  densenet161Weights,
  densenet169Weights,
  densenet201Weights,
} from './weights.ts';

const reference = 'Huang et al., "Densely Connected Convolutional Networks", CVPR 2017';

/** The facts about the builders. */
export const architectures: Architectures<
  'densenet121' | 'densenet161' | 'densenet169' | 'densenet201'
> = {
  densenet121: {
    reference,
    parameters: 7_978_856,
    macs: 2_834_161_664,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: densenet121Weights,
  },
  densenet161: {
    reference,
    parameters: 28_681_000,
    macs: 7_727_907_072,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: densenet161Weights,
  },
  densenet169: {
    reference,
    parameters: 14_149_480,
    macs: 3_359_843_328,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: densenet169Weights,
  },
  densenet201: {
    reference,
    parameters: 20_013_928,
    macs: 4_291_365_888,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: densenet201Weights,
  },
};
