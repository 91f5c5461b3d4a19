export { architectures } from './architectures.ts';
export {
  BasicBlock,
  Bottleneck,
  ResNet,
  resnet101,
  resnet110,
  resnet152,
  resnet18,
  resnet20,
  resnet32,
  resnet34,
  resnet44,
  resnet50,
  resnet56,
  resnext101_32x8d,
  resnext101_64x4d,
  resnext50_32x4d,
  wide_resnet101_2,
  wide_resnet50_2,
  type ResNetBuilder,
  type ResNetOptions,
} from './resnet.ts';
export { resnetKeras } from './keras.ts';
export { ranks } from './ranks.ts';
export {
  resnet101Weights,
  resnet152Weights,
  resnet18Weights,
  resnet34Weights,
  resnet50Weights,
  resnext101_32x8dWeights,
  resnext101_64x4dWeights,
  resnext50_32x4dWeights,
  wide_resnet101_2Weights,
  wide_resnet50_2Weights,
} from './weights.ts';
