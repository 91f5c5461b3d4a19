import { type Architectures } from '@convnet/layers';

import {
  efficientnet_b0Weights,
  efficientnet_b1Weights,
  efficientnet_b2Weights,
  efficientnet_b3Weights,
  efficientnet_b4Weights,
  efficientnet_b5Weights,
  efficientnet_b6Weights,
  efficientnet_b7Weights,
  efficientnet_v2_lWeights,
  efficientnet_v2_mWeights,
  efficientnet_v2_sWeights,
} from './weights.ts';

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
    weights: efficientnet_b0Weights,
  },
  efficientnet_b1: {
    reference: v1,
    parameters: 7_794_184,
    macs: 686_802_832,
    inputShape: [1, 3, 240, 240],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b1Weights,
  },
  efficientnet_b2: {
    reference: v1,
    parameters: 9_109_994,
    macs: 1_087_529_456,
    inputShape: [1, 3, 288, 288],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b2Weights,
  },
  efficientnet_b3: {
    reference: v1,
    parameters: 12_233_232,
    macs: 1_827_141_392,
    inputShape: [1, 3, 300, 300],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b3Weights,
  },
  efficientnet_b4: {
    reference: v1,
    parameters: 19_341_616,
    macs: 4_393_771_024,
    inputShape: [1, 3, 380, 380],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b4Weights,
  },
  efficientnet_b5: {
    reference: v1,
    parameters: 30_389_784,
    macs: 10_266_384_752,
    inputShape: [1, 3, 456, 456],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b5Weights,
  },
  efficientnet_b6: {
    reference: v1,
    parameters: 43_040_704,
    macs: 19_067_593_536,
    inputShape: [1, 3, 528, 528],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b6Weights,
  },
  efficientnet_b7: {
    reference: v1,
    parameters: 66_347_960,
    macs: 37_745_884_192,
    inputShape: [1, 3, 600, 600],
    source: 'torchvision 0.14.1',
    weights: efficientnet_b7Weights,
  },
  efficientnet_v2_s: {
    reference: v2,
    parameters: 21_458_488,
    macs: 8_365_617_152,
    inputShape: [1, 3, 384, 384],
    source: 'torchvision 0.14.1',
    weights: efficientnet_v2_sWeights,
  },
  efficientnet_v2_m: {
    reference: v2,
    parameters: 54_139_356,
    macs: 24_582_460_384,
    inputShape: [1, 3, 480, 480],
    source: 'torchvision 0.14.1',
    weights: efficientnet_v2_mWeights,
  },
  efficientnet_v2_l: {
    reference: v2,
    parameters: 118_515_272,
    macs: 56_079_699_008,
    inputShape: [1, 3, 480, 480],
    source: 'torchvision 0.14.1',
    weights: efficientnet_v2_lWeights,
  },
};
