export { architectures } from './architectures.ts';
export { NetworkInNetwork, nin, nin_cifar10, type NinOptions } from './nin.ts';
export { ranks } from './ranks.ts';
