import { type Architectures } from '@convnet/layers';

import { alexnetWeights } from './weights.ts';

const original =
  'Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012';
const oneColumn =
  'Krizhevsky, "One Weird Trick for Parallelizing Convolutional Neural Networks", 2014';

/** The facts about the builders. */
export const architectures: Architectures<
  'alexnet' | 'alexnet_bn' | 'alexnet_2012' | 'alexnet_half'
> = {
  alexnet: {
    reference: oneColumn,
    parameters: 61_100_840,
    macs: 714_188_480,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: alexnetWeights,
  },
  alexnet_bn: {
    reference: oneColumn,
    parameters: 61_103_144,
    macs: 714_188_480,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
  },
  alexnet_2012: {
    reference: original,
    parameters: 60_965_224,
    macs: 724_406_816,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
    published:
      'errors on ILSVRC-2012 validation: top-1 40.7 %, top-5 18.2 % (table 2, one network)',
  },
  alexnet_half: {
    reference: original,
    parameters: 16_630_440,
    macs: 311_191_824,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
  },
};
