export {
  AlexNet,
  alexnet,
  alexnet_2012,
  alexnet_bn,
  alexnet_half,
  type AlexNetOptions,
} from './alexnet.ts';
export { architectures } from './architectures.ts';
export { ranks } from './ranks.ts';
export { alexnetWeights } from './weights.ts';
