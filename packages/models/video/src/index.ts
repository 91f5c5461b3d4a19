export { architectures } from './architectures.ts';
export { ranks } from './ranks.ts';
export {
  mc3_18,
  r2plus1d_18,
  r3d_18,
  VideoResNet,
  type VideoResNetBuilder,
  type VideoResNetOptions,
} from './video-resnet.ts';
export { mc3_18Weights, r2plus1d_18Weights, r3d_18Weights } from './weights.ts';
