import { type Architectures } from '@convnet/layers';

const reference =
  'Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014';

/** The facts about the builders. */
export const architectures: Architectures<'zfnet' | 'zfnet_bn'> = {
  zfnet: {
    reference,
    parameters: 62_357_608,
    macs: 1_168_032_896,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
    published:
      'errors on ILSVRC-2012 validation: top-1 38.4 %, top-5 16.5 % (table 2, one network)',
  },
  zfnet_bn: {
    reference,
    parameters: 62_360_360,
    macs: 1_168_032_896,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
  },
};
