import { imagenetPreprocessing, type Architectures } from '@convnet/layers';

const v1 =
  'Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019';
const v2 = 'Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", ICML 2021';

/** The facts about the builders. */
export const architectures: Architectures<
  | 'efficientnet_b0'
  | 'efficientnet_b1'
  | 'efficientnet_b2'
  | 'efficientnet_b3'
  | 'efficientnet_b4'
  | 'efficientnet_b5'
  | 'efficientnet_b6'
  | 'efficientnet_b7'
  | 'efficientnet_v2_s'
  | 'efficientnet_v2_m'
  | 'efficientnet_v2_l'
> = {
  efficientnet_b0: {
    reference: v1,
    parameters: 5_288_548,
    macs: 385_814_752,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b0_rwightman-3dd342df.pth',
        accuracy: { top1: 77.692, top5: 93.532 },
        preprocessing: imagenetPreprocessing(224, 256, 'bicubic'),
      },
    },
  },
  efficientnet_b1: {
    reference: v1,
    parameters: 7_794_184,
    macs: 686_802_832,
    inputShape: [1, 3, 240, 240],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b1_rwightman-533bc792.pth',
        accuracy: { top1: 78.642, top5: 94.186 },
        preprocessing: imagenetPreprocessing(240, 256, 'bicubic'),
      },
      IMAGENET1K_V2: {
        file: 'efficientnet_b1-c27df63c.pth',
        accuracy: { top1: 79.838, top5: 94.934 },
        preprocessing: imagenetPreprocessing(240, 255),
      },
    },
  },
  efficientnet_b2: {
    reference: v1,
    parameters: 9_109_994,
    macs: 1_087_529_456,
    inputShape: [1, 3, 288, 288],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b2_rwightman-bcdf34b7.pth',
        accuracy: { top1: 80.608, top5: 95.31 },
        preprocessing: imagenetPreprocessing(288, 288, 'bicubic'),
      },
    },
  },
  efficientnet_b3: {
    reference: v1,
    parameters: 12_233_232,
    macs: 1_827_141_392,
    inputShape: [1, 3, 300, 300],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b3_rwightman-cf984f9c.pth',
        accuracy: { top1: 82.008, top5: 96.054 },
        preprocessing: imagenetPreprocessing(300, 320, 'bicubic'),
      },
    },
  },
  efficientnet_b4: {
    reference: v1,
    parameters: 19_341_616,
    macs: 4_393_771_024,
    inputShape: [1, 3, 380, 380],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b4_rwightman-7eb33cd5.pth',
        accuracy: { top1: 83.384, top5: 96.594 },
        preprocessing: imagenetPreprocessing(380, 384, 'bicubic'),
      },
    },
  },
  efficientnet_b5: {
    reference: v1,
    parameters: 30_389_784,
    macs: 10_266_384_752,
    inputShape: [1, 3, 456, 456],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b5_lukemelas-b6417697.pth',
        accuracy: { top1: 83.444, top5: 96.628 },
        preprocessing: imagenetPreprocessing(456, 456, 'bicubic'),
      },
    },
  },
  efficientnet_b6: {
    reference: v1,
    parameters: 43_040_704,
    macs: 19_067_593_536,
    inputShape: [1, 3, 528, 528],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b6_lukemelas-c76e70fd.pth',
        accuracy: { top1: 84.008, top5: 96.916 },
        preprocessing: imagenetPreprocessing(528, 528, 'bicubic'),
      },
    },
  },
  efficientnet_b7: {
    reference: v1,
    parameters: 66_347_960,
    macs: 37_745_884_192,
    inputShape: [1, 3, 600, 600],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_b7_lukemelas-dcc49843.pth',
        accuracy: { top1: 84.122, top5: 96.908 },
        preprocessing: imagenetPreprocessing(600, 600, 'bicubic'),
      },
    },
  },
  efficientnet_v2_s: {
    reference: v2,
    parameters: 21_458_488,
    macs: 8_365_617_152,
    inputShape: [1, 3, 384, 384],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_v2_s-dd5fe13b.pth',
        accuracy: { top1: 84.228, top5: 96.878 },
        preprocessing: imagenetPreprocessing(384, 384),
      },
    },
  },
  efficientnet_v2_m: {
    reference: v2,
    parameters: 54_139_356,
    macs: 24_582_460_384,
    inputShape: [1, 3, 480, 480],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_v2_m-dc08266a.pth',
        accuracy: { top1: 85.112, top5: 97.156 },
        preprocessing: imagenetPreprocessing(480, 480),
      },
    },
  },
  efficientnet_v2_l: {
    reference: v2,
    parameters: 118_515_272,
    macs: 56_079_699_008,
    inputShape: [1, 3, 480, 480],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'efficientnet_v2_l-59c71312.pth',
        accuracy: { top1: 85.808, top5: 97.788 },
        preprocessing: {
          ...imagenetPreprocessing(480, 480, 'bicubic'),
          mean: [0.5, 0.5, 0.5],
          std: [0.5, 0.5, 0.5],
        },
      },
    },
  },
};
