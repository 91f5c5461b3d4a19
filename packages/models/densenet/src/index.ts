export { architectures } from './architectures.ts';
export {
  DenseNet,
  densenet121,
  densenet161,
  densenet169,
  densenet201,
  type DenseNetBuilder,
  type DenseNetOptions,
} from './densenet.ts';
export { densenetKeras } from './keras.ts';
export { ranks } from './ranks.ts';
export {
  densenet121Weights,
  densenet161Weights,
  densenet169Weights,
  densenet201Weights,
} from './weights.ts';
