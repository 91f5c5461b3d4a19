import { imagenetPreprocessing, type Architectures } from '@convnet/layers';

const reference =
  'Tan et al., "MnasNet: Platform-Aware Neural Architecture Search for Mobile", CVPR 2019';

/** The facts about the builders. */
export const architectures: Architectures<
  'mnasnet0_5' | 'mnasnet0_75' | 'mnasnet1_0' | 'mnasnet1_3'
> = {
  mnasnet0_5: {
    reference,
    parameters: 2_218_512,
    macs: 104_455_968,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'mnasnet0.5_top1_67.823-3ffadce67e.pth',
        accuracy: { top1: 67.734, top5: 87.49 },
        preprocessing: imagenetPreprocessing(224, 256),
      },
    },
  },
  mnasnet0_75: {
    reference,
    parameters: 3_170_208,
    macs: 215_493_104,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'mnasnet0_75-7090bc5f.pth',
        accuracy: { top1: 71.18, top5: 90.496 },
        preprocessing: imagenetPreprocessing(224, 232),
      },
    },
  },
  mnasnet1_0: {
    reference,
    parameters: 4_383_312,
    macs: 314_415_872,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'mnasnet1.0_top1_73.512-f206786ef8.pth',
        accuracy: { top1: 73.456, top5: 91.51 },
        preprocessing: imagenetPreprocessing(224, 256),
      },
    },
  },
  mnasnet1_3: {
    reference,
    parameters: 6_282_256,
    macs: 526_362_432,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: {
        file: 'mnasnet1_3-a4c69d6f.pth',
        accuracy: { top1: 76.506, top5: 93.522 },
        preprocessing: imagenetPreprocessing(224, 232),
      },
    },
  },
};
