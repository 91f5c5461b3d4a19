export { architectures } from './architectures.ts';
export {
  ShuffleNetV1,
  shufflenet_v1,
  type ShuffleNetGroups,
  type ShuffleNetV1Options,
} from './shufflenet-v1.ts';
export {
  ShuffleNetV2,
  shufflenet_v2_x0_5,
  shufflenet_v2_x1_0,
  shufflenet_v2_x1_5,
  shufflenet_v2_x2_0,
  type ShuffleNetV2Options,
} from './shufflenet-v2.ts';
export { ranks } from './ranks.ts';
export {
  shufflenet_v2_x0_5Weights,
  shufflenet_v2_x1_0Weights,
  shufflenet_v2_x1_5Weights,
  shufflenet_v2_x2_0Weights,
} from './weights.ts';
