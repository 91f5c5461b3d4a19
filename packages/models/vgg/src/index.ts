export { architectures } from './architectures.ts';
export {
  VGG,
  vgg11,
  vgg11_bn,
  vgg13,
  vgg13_bn,
  vgg16,
  vgg16_bn,
  vgg19,
  vgg19_bn,
  type VGGBuilder,
  type VGGOptions,
} from './vgg.ts';
export { vgg16Keras, vgg19Keras } from './keras.ts';
export { ranks } from './ranks.ts';
export {
  vgg11Weights,
  vgg11_bnWeights,
  vgg13Weights,
  vgg13_bnWeights,
  vgg16Weights,
  vgg16_bnWeights,
  vgg19Weights,
  vgg19_bnWeights,
} from './weights.ts';
