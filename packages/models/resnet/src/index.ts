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
  type ResNetOptions,
} from './resnet.ts';
export { ranks } from './ranks.ts';
