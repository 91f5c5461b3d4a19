import { type Architectures } from '@convnet/layers';

import { squeezenet1_0Weights, squeezenet1_1Weights } from './weights.ts';

const reference =
  'Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", 2016';

/** The facts about the builders. */
export const architectures: Architectures<'squeezenet1_0' | 'squeezenet1_1'> = {
  squeezenet1_0: {
    reference,
    parameters: 1_248_424,
    macs: 818_924_576,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: squeezenet1_0Weights,
  },
  squeezenet1_1: {
    reference,
    parameters: 1_235_496,
    macs: 349_151_936,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: squeezenet1_1Weights,
  },
};
