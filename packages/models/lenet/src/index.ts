export { architectures } from './architectures.ts';
export { LeNet, lenet5, lenet5_relu, lenet_bn, type LeNetOptions } from './lenet.ts';
export { ranks } from './ranks.ts';
