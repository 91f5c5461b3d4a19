import { imagenetPreprocessing, imagenetWeights, type Architectures } from '@convnet/layers';

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
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg11-8a719046.pth', 69.02, 88.628),
    },
  },
  vgg11_bn: {
    reference,
    parameters: 132_868_840,
    macs: 7_609_090_048,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg11_bn-6002323d.pth', 70.37, 89.81),
    },
  },
  vgg13: {
    reference,
    parameters: 133_047_848,
    macs: 11_308_466_176,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg13-19584684.pth', 69.928, 89.246),
    },
  },
  vgg13_bn: {
    reference,
    parameters: 133_053_736,
    macs: 11_308_466_176,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg13_bn-abd245e5.pth', 71.586, 90.374),
    },
  },
  vgg16: {
    reference,
    parameters: 138_357_544,
    macs: 15_470_264_320,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg16-397923af.pth', 71.592, 90.382),
      IMAGENET1K_FEATURES: {
        file: 'vgg16_features-amdegroot-88682ab5.pth',
        preprocessing: {
          ...imagenetPreprocessing(224, 256),
          mean: [0.48235, 0.45882, 0.40784],
          std: [1 / 255, 1 / 255, 1 / 255],
        },
      },
    },
  },
  vgg16_bn: {
    reference,
    parameters: 138_365_992,
    macs: 15_470_264_320,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg16_bn-6c64b313.pth', 73.36, 91.516),
    },
  },
  vgg19: {
    reference,
    parameters: 143_667_240,
    macs: 19_632_062_464,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg19-dcbb9e9d.pth', 72.376, 90.876),
    },
  },
  vgg19_bn: {
    reference,
    parameters: 143_678_248,
    macs: 19_632_062_464,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('vgg19_bn-c79401a0.pth', 74.218, 91.842),
    },
  },
};
