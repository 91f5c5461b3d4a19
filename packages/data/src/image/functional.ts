/** What the steps do, on one picture and with given parameters: `torchvision.transforms.functional`. */
export { affine, rotate, type AffineOptions, type RotateOptions } from './ops/affine.ts';
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  adjustSharpness,
  autoContrast,
  equalize,
  grayscale,
  invert,
  posterize,
  solarize,
} from './ops/colour.ts';
export {
  centerCrop,
  crop,
  horizontalFlip,
  pad,
  resize,
  resizedCrop,
  verticalFlip,
} from './ops/geometry.ts';
export { erase } from './tensor.ts';
