export { architectures } from './architectures.ts';
export { MobileNetV1, mobilenet_v1, type MobileNetV1Options } from './mobilenet-v1.ts';
export {
  MobileNetV2,
  mobilenet_v2,
  type InvertedResidualRow,
  type MobileNetV2Options,
} from './mobilenet-v2.ts';
export {
  MobileNetV3,
  mobilenet_v3_large,
  mobilenet_v3_small,
  type MobileNetV3Options,
} from './mobilenet-v3.ts';
export {
  mobilenet_v1Keras,
  mobilenet_v2Keras,
  mobilenet_v3_largeKeras,
  mobilenet_v3_smallKeras,
} from './keras.ts';
export { ranks } from './ranks.ts';
export {
  mobilenet_v2Weights,
  mobilenet_v3_largeWeights,
  mobilenet_v3_smallWeights,
} from './weights.ts';
