export { architectures } from './architectures.ts';
export { CapsNet, capsnet, type CapsNetOptions, type CapsNetOutput } from './capsnet.ts';
export { ranks } from './ranks.ts';
