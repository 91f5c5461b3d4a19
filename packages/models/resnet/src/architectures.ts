import { type Architectures } from '@convnet/layers';

import {
  resnet101Weights,
  resnet152Weights,
  resnet18Weights,
  resnet34Weights,
  resnet50Weights,
  resnext101_32x8dWeights,
  resnext101_64x4dWeights,
  resnext50_32x4dWeights,
  wide_resnet101_2Weights,
  wide_resnet50_2Weights,
} from './weights.ts';

const residual = 'He et al., "Deep Residual Learning for Image Recognition", CVPR 2016';
const aggregated =
  'Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017';
const wide = 'Zagoruyko and Komodakis, "Wide Residual Networks", BMVC 2016';

/** The facts about the builders. */
export const architectures: Architectures<
  | 'resnet18'
  | 'resnet34'
  | 'resnet50'
  | 'resnet101'
  | 'resnet152'
  | 'resnext50_32x4d'
  | 'resnext101_32x8d'
  | 'resnext101_64x4d'
  | 'wide_resnet50_2'
  | 'wide_resnet101_2'
  | 'resnet20'
  | 'resnet32'
  | 'resnet44'
  | 'resnet56'
  | 'resnet110'
> = {
  resnet18: {
    reference: residual,
    parameters: 11_689_512,
    macs: 1_814_073_344,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnet18Weights,
  },
  resnet34: {
    reference: residual,
    parameters: 21_797_672,
    macs: 3_663_761_408,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnet34Weights,
  },
  resnet50: {
    reference: residual,
    parameters: 25_557_032,
    macs: 4_089_184_256,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnet50Weights,
  },
  resnet101: {
    reference: residual,
    parameters: 44_549_160,
    macs: 7_801_405_440,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnet101Weights,
  },
  resnet152: {
    reference: residual,
    parameters: 60_192_808,
    macs: 11_513_626_624,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnet152Weights,
  },
  resnext50_32x4d: {
    reference: aggregated,
    parameters: 25_028_904,
    macs: 4_230_479_872,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnext50_32x4dWeights,
  },
  resnext101_32x8d: {
    reference: aggregated,
    parameters: 88_791_336,
    macs: 16_414_015_488,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnext101_32x8dWeights,
  },
  resnext101_64x4d: {
    reference: aggregated,
    parameters: 83_455_272,
    macs: 15_460_270_080,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: resnext101_64x4dWeights,
  },
  wide_resnet50_2: {
    reference: wide,
    parameters: 68_883_240,
    macs: 11_398_021_120,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: wide_resnet50_2Weights,
  },
  wide_resnet101_2: {
    reference: wide,
    parameters: 126_886_696,
    macs: 22_753_050_624,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: wide_resnet101_2Weights,
  },
  resnet20: {
    reference: residual,
    parameters: 269_722,
    macs: 40_551_040,
    inputShape: [1, 3, 32, 32],
    source: 'computed',
    published: 'error on CIFAR-10: 8.75 % (table 6)',
  },
  resnet32: {
    reference: residual,
    parameters: 464_154,
    macs: 68_862_592,
    inputShape: [1, 3, 32, 32],
    source: 'computed',
    published: 'error on CIFAR-10: 7.51 % (table 6)',
  },
  resnet44: {
    reference: residual,
    parameters: 658_586,
    macs: 97_174_144,
    inputShape: [1, 3, 32, 32],
    source: 'computed',
    published: 'error on CIFAR-10: 7.17 % (table 6)',
  },
  resnet56: {
    reference: residual,
    parameters: 853_018,
    macs: 125_485_696,
    inputShape: [1, 3, 32, 32],
    source: 'computed',
    published: 'error on CIFAR-10: 6.97 % (table 6)',
  },
  resnet110: {
    reference: residual,
    parameters: 1_727_962,
    macs: 252_887_680,
    inputShape: [1, 3, 32, 32],
    source: 'computed',
    published: 'error on CIFAR-10: 6.43 % (table 6)',
  },
};
