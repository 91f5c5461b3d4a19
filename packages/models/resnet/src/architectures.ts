import { imagenetPreprocessing, imagenetWeights, type Architectures } from '@convnet/layers';

const residual = 'He et al., "Deep Residual Learning for Image Recognition", CVPR 2016';
const aggregated =
  'Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017';
const wide = 'Zagoruyko and Komodakis, "Wide Residual Networks", BMVC 2016';

/** Of torchvision's later training recipe. */
const finer = imagenetPreprocessing(224, 232);

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
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnet18-f37072fd.pth', 69.758, 89.078),
    },
  },
  resnet34: {
    reference: residual,
    parameters: 21_797_672,
    macs: 3_663_761_408,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnet34-b627a593.pth', 73.314, 91.42),
    },
  },
  resnet50: {
    reference: residual,
    parameters: 25_557_032,
    macs: 4_089_184_256,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnet50-0676ba61.pth', 76.13, 92.862),
      IMAGENET1K_V2: imagenetWeights('resnet50-11ad3fa6.pth', 80.858, 95.434, finer),
    },
  },
  resnet101: {
    reference: residual,
    parameters: 44_549_160,
    macs: 7_801_405_440,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnet101-63fe2227.pth', 77.374, 93.546),
      IMAGENET1K_V2: imagenetWeights('resnet101-cd907fc2.pth', 81.886, 95.78, finer),
    },
  },
  resnet152: {
    reference: residual,
    parameters: 60_192_808,
    macs: 11_513_626_624,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnet152-394f9c45.pth', 78.312, 94.046),
      IMAGENET1K_V2: imagenetWeights('resnet152-f82ba261.pth', 82.284, 96.002, finer),
    },
  },
  resnext50_32x4d: {
    reference: aggregated,
    parameters: 25_028_904,
    macs: 4_230_479_872,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnext50_32x4d-7cdf4587.pth', 77.618, 93.698),
      IMAGENET1K_V2: imagenetWeights('resnext50_32x4d-1a0047aa.pth', 81.198, 95.34, finer),
    },
  },
  resnext101_32x8d: {
    reference: aggregated,
    parameters: 88_791_336,
    macs: 16_414_015_488,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnext101_32x8d-8ba56ff5.pth', 79.312, 94.526),
      IMAGENET1K_V2: imagenetWeights('resnext101_32x8d-110c445d.pth', 82.834, 96.228, finer),
    },
  },
  resnext101_64x4d: {
    reference: aggregated,
    parameters: 83_455_272,
    macs: 15_460_270_080,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('resnext101_64x4d-173b62eb.pth', 83.246, 96.454, finer),
    },
  },
  wide_resnet50_2: {
    reference: wide,
    parameters: 68_883_240,
    macs: 11_398_021_120,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('wide_resnet50_2-95faca4d.pth', 78.468, 94.086),
      IMAGENET1K_V2: imagenetWeights('wide_resnet50_2-9ba9bcbe.pth', 81.602, 95.758, finer),
    },
  },
  wide_resnet101_2: {
    reference: wide,
    parameters: 126_886_696,
    macs: 22_753_050_624,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('wide_resnet101_2-32ee1156.pth', 78.848, 94.284),
      IMAGENET1K_V2: imagenetWeights('wide_resnet101_2-d733dc28.pth', 82.51, 96.02, finer),
    },
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
