import { type Architectures } from '@convnet/layers';

import {
  vgg11Weights,
  vgg11_bnWeights,
  vgg13Weights,
  vgg13_bnWeights,
  vgg16Weights,
  vgg16_bnWeights,
  vgg19Weights,
  vgg19_bnWeights,
} from './weights.ts';

const reference =
  'Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015';

/** The facts about the builders. */
export const architectures: Architectures<
  'vgg11' | 'vgg11_bn' | 'vgg13' | 'vgg13_bn' | 'vgg16' | 'vgg16_bn' | 'vgg19' | 'vgg19_bn'
> = {
  vgg11: {
    reference,
    parameters: 132_863_336,
    macs: 7_609_090_048,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg11Weights,
  },
  vgg11_bn: {
    reference,
    parameters: 132_868_840,
    macs: 7_609_090_048,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg11_bnWeights,
  },
  vgg13: {
    reference,
    parameters: 133_047_848,
    macs: 11_308_466_176,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg13Weights,
  },
  vgg13_bn: {
    reference,
    parameters: 133_053_736,
    macs: 11_308_466_176,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg13_bnWeights,
  },
  vgg16: {
    reference,
    parameters: 138_357_544,
    macs: 15_470_264_320,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg16Weights,
  },
  vgg16_bn: {
    reference,
    parameters: 138_365_992,
    macs: 15_470_264_320,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg16_bnWeights,
  },
  vgg19: {
    reference,
    parameters: 143_667_240,
    macs: 19_632_062_464,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg19Weights,
  },
  vgg19_bn: {
    reference,
    parameters: 143_678_248,
    macs: 19_632_062_464,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: vgg19_bnWeights,
  },
};
