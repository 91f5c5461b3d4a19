import { imagenetPreprocessing, imagenetWeights, type Architectures } from '@convnet/layers';

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
      IMAGENET1K_V1: imagenetWeights('mnasnet0.5_top1_67.823-3ffadce67e.pth', 67.734, 87.49),
    },
  },
  mnasnet0_75: {
    reference,
    parameters: 3_170_208,
    macs: 215_493_104,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'mnasnet0_75-7090bc5f.pth',
        71.18,
        90.496,
        imagenetPreprocessing(224, 232),
      ),
    },
  },
  mnasnet1_0: {
    reference,
    parameters: 4_383_312,
    macs: 314_415_872,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights('mnasnet1.0_top1_73.512-f206786ef8.pth', 73.456, 91.51),
    },
  },
  mnasnet1_3: {
    reference,
    parameters: 6_282_256,
    macs: 526_362_432,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: {
      IMAGENET1K_V1: imagenetWeights(
        'mnasnet1_3-a4c69d6f.pth',
        76.506,
        93.522,
        imagenetPreprocessing(224, 232),
      ),
    },
  },
};
