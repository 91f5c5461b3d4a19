import { imagenetPreprocessing, imagenetWeights, type Architectures } from '@convnet/layers';

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
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b0_rwightman-3dd342df.pth',
        77.692,
        93.532,
        imagenetPreprocessing(224, 256, 'bicubic'),
      ),
    },
  },
  efficientnet_b1: {
    reference: v1,
    parameters: 7_794_184,
    macs: 686_802_832,
    inputShape: [1, 3, 240, 240],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b1_rwightman-533bc792.pth',
        78.642,
        94.186,
        imagenetPreprocessing(240, 256, 'bicubic'),
      ),
      IMAGENET1K_V2: imagenetWeights(
        'efficientnet_b1-c27df63c.pth',
        79.838,
        94.934,
        imagenetPreprocessing(240, 255),
      ),
    },
  },
  efficientnet_b2: {
    reference: v1,
    parameters: 9_109_994,
    macs: 1_087_529_456,
    inputShape: [1, 3, 288, 288],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b2_rwightman-bcdf34b7.pth',
        80.608,
        95.31,
        imagenetPreprocessing(288, 288, 'bicubic'),
      ),
    },
  },
  efficientnet_b3: {
    reference: v1,
    parameters: 12_233_232,
    macs: 1_827_141_392,
    inputShape: [1, 3, 300, 300],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b3_rwightman-cf984f9c.pth',
        82.008,
        96.054,
        imagenetPreprocessing(300, 320, 'bicubic'),
      ),
    },
  },
  efficientnet_b4: {
    reference: v1,
    parameters: 19_341_616,
    macs: 4_393_771_024,
    inputShape: [1, 3, 380, 380],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b4_rwightman-7eb33cd5.pth',
        83.384,
        96.594,
        imagenetPreprocessing(380, 384, 'bicubic'),
      ),
    },
  },
  efficientnet_b5: {
    reference: v1,
    parameters: 30_389_784,
    macs: 10_266_384_752,
    inputShape: [1, 3, 456, 456],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b5_lukemelas-b6417697.pth',
        83.444,
        96.628,
        imagenetPreprocessing(456, 456, 'bicubic'),
      ),
    },
  },
  efficientnet_b6: {
    reference: v1,
    parameters: 43_040_704,
    macs: 19_067_593_536,
    inputShape: [1, 3, 528, 528],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b6_lukemelas-c76e70fd.pth',
        84.008,
        96.916,
        imagenetPreprocessing(528, 528, 'bicubic'),
      ),
    },
  },
  efficientnet_b7: {
    reference: v1,
    parameters: 66_347_960,
    macs: 37_745_884_192,
    inputShape: [1, 3, 600, 600],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_b7_lukemelas-dcc49843.pth',
        84.122,
        96.908,
        imagenetPreprocessing(600, 600, 'bicubic'),
      ),
    },
  },
  efficientnet_v2_s: {
    reference: v2,
    parameters: 21_458_488,
    macs: 8_365_617_152,
    inputShape: [1, 3, 384, 384],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_v2_s-dd5fe13b.pth',
        84.228,
        96.878,
        imagenetPreprocessing(384, 384),
      ),
    },
  },
  efficientnet_v2_m: {
    reference: v2,
    parameters: 54_139_356,
    macs: 24_582_460_384,
    inputShape: [1, 3, 480, 480],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'efficientnet_v2_m-dc08266a.pth',
        85.112,
        97.156,
        imagenetPreprocessing(480, 480),
      ),
    },
  },
  efficientnet_v2_l: {
    reference: v2,
    parameters: 118_515_272,
    macs: 56_079_699_008,
    inputShape: [1, 3, 480, 480],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('efficientnet_v2_l-59c71312.pth', 85.808, 97.788, {
        ...imagenetPreprocessing(480, 480, 'bicubic'),
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      }),
    },
  },
};
