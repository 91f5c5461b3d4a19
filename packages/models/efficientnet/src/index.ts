export { architectures } from './architectures.ts';
export { compoundScaling, type Scaling } from './compound-scaling.ts';
export {
  EfficientNet,
  efficientnet_b0,
  efficientnet_b1,
  efficientnet_b2,
  efficientnet_b3,
  efficientnet_b4,
  efficientnet_b5,
  efficientnet_b6,
  efficientnet_b7,
  efficientnet_v2_l,
  efficientnet_v2_m,
  efficientnet_v2_s,
  scaledEfficientNet,
  type EfficientNetBuilder,
  type EfficientNetOptions,
  type Specification,
} from './efficientnet.ts';
export { efficientnetKeras, efficientnet_v2_sKeras } from './keras.ts';
export { ranks } from './ranks.ts';
export {
  efficientnet_b0Weights,
  efficientnet_b1Weights,
  efficientnet_b2Weights,
  efficientnet_b3Weights,
  efficientnet_b4Weights,
  efficientnet_b5Weights,
  efficientnet_b6Weights,
  efficientnet_b7Weights,
  efficientnet_v2_lWeights,
  efficientnet_v2_mWeights,
  efficientnet_v2_sWeights,
} from './weights.ts';
