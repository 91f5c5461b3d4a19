export { architectures } from './architectures.ts';
export { ZFNet, zfnet, zfnet_bn, type ZFNetOptions } from './zfnet.ts';
export { ranks } from './ranks.ts';
