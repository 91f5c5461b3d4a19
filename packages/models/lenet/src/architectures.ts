import { type Architectures } from '@convnet/layers';

const reference =
  'LeCun et al., "Gradient-Based Learning Applied to Document Recognition", Proceedings of the IEEE 1998';

/** The facts about the builders. */
export const architectures: Architectures<'lenet5' | 'lenet5_relu' | 'lenet_bn'> = {
  lenet5: {
    reference,
    parameters: 61_706,
    macs: 416_520,
    inputShape: [1, 1, 28, 28],
    source: 'computed; section II.B and figure 2 of the paper, with C3 connected to all of S2',
    published: 'error on MNIST 0.95 % (section III.C)',
  },
  lenet5_relu: {
    reference,
    parameters: 61_706,
    macs: 416_520,
    inputShape: [1, 1, 28, 28],
    source: 'computed',
  },
  lenet_bn: {
    reference: 'Caffe, examples/mnist/lenet.prototxt, with batch norm',
    parameters: 440_952,
    macs: 2_302_720,
    inputShape: [1, 1, 28, 28],
    source: 'computed',
  },
};
