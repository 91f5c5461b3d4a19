export { architectures } from './architectures.ts';
export {
  GoogLeNet,
  googlenet,
  googlenet_2014,
  type GoogLeNetOptions,
  type GoogLeNetOutput,
} from './googlenet.ts';
export {
  InceptionResNet,
  inception_resnet_v1,
  inception_resnet_v2,
  type InceptionResNetOptions,
} from './inception-resnet.ts';
export {
  inception_v3,
  InceptionV3,
  type InceptionV3Options,
  type InceptionV3Output,
} from './inception-v3.ts';
export { inception_v4, InceptionV4, type InceptionV4Options } from './inception-v4.ts';
export { inception_v3Keras } from './keras.ts';
export { ranks } from './ranks.ts';
export { googlenetWeights, inception_v3Weights } from './weights.ts';
