import { type Architectures } from '@convnet/layers';

import {
  mnasnet0_5Weights,
  mnasnet0_75Weights,
  mnasnet1_0Weights,
  mnasnet1_3Weights,
} from './weights.ts';

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
    weights: mnasnet0_5Weights,
  },
  mnasnet0_75: {
    reference,
    parameters: 3_170_208,
    macs: 215_493_104,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: mnasnet0_75Weights,
  },
  mnasnet1_0: {
    reference,
    parameters: 4_383_312,
    macs: 314_415_872,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: mnasnet1_0Weights,
  },
  mnasnet1_3: {
    reference,
    parameters: 6_282_256,
    macs: 526_362_432,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: mnasnet1_3Weights,
  },
};
