import { type Architectures } from '@convnet/layers';

const reference = 'Lin, Chen and Yan, "Network In Network", ICLR 2014';

/** The facts about the builders. */
export const architectures: Architectures<'nin' | 'nin_cifar10'> = {
  nin: {
    reference,
    parameters: 7_595_176,
    macs: 1_100_188_800,
    inputShape: [1, 3, 224, 224],
    source: 'computed',
    published: "top-1 accuracy on ImageNet: 59.36 % (the authors' Caffe model)",
  },
  nin_cifar10: {
    reference,
    parameters: 966_986,
    macs: 222_486_528,
    inputShape: [1, 3, 32, 32],
    source: 'computed',
    published: 'error on CIFAR-10 without augmentation: 10.41 % (table 1)',
  },
};
