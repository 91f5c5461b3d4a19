/** Pictures: files, folders, transforms. */
export {
  autoAugment,
  randAugment,
  trivialAugmentWide,
  type AutoAugmentOptions,
  type RandAugmentOptions,
  type TrivialAugmentOptions,
} from './image/augment/auto-augment.ts';
export type { AutoAugmentPolicy } from './image/augment/policies.ts';
export { MissingPackageError } from '@convnet/tensor-core';
export { ImageError } from './errors.ts';
export { decodeImage } from './image/decode/decode.ts';
export type { DecodeOptions } from './image/decode/options.ts';
export * as functional from './image/functional.ts';
export {
  imageEndings,
  imageFolder,
  imageList,
  type ImageFolderOptions,
  type ImageListOptions,
} from './image/image-folder.ts';
export { image, type Image } from './image/image.ts';
export type { AffineInterpolation } from './image/ops/affine.ts';
export type { Fill, Padding, PaddingMode } from './image/ops/geometry.ts';
export type { Box } from './image/ops/box.ts';
export type { Interpolation } from './image/ops/resize.ts';
export {
  normalize,
  randomErasing,
  toByteTensor,
  toTensor,
  type ImageTensor,
  type RandomErasingOptions,
  type ToTensorOptions,
} from './image/tensor.ts';
export {
  centerCrop,
  colorJitter,
  grayscale,
  pad,
  randomAffine,
  randomCrop,
  randomGrayscale,
  randomHorizontalFlip,
  randomResizedCrop,
  randomRotation,
  randomVerticalFlip,
  resize,
  type ColorJitterOptions,
  type ImageTransform,
  type RandomCropOptions,
  type RandomResizedCropOptions,
  type RandomRotationOptions,
  type ResizeOptions,
  type Size,
} from './image/transforms.ts';
export type { RandomAffineOptions } from './image/random-affine.ts';
export { compose, randomApply, randomChoice, type Step } from './transform/compose.ts';
