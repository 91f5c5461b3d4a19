import { imagenetPreprocessing, imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `resnet18`. */
export const resnet18Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('resnet18-f37072fd.pth', 44.661, 69.758, 89.078),
};

/** Torchvision's weight files of `resnet34`. */
export const resnet34Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('resnet34-b627a593.pth', 83.275, 73.314, 91.42),
};

/** Torchvision's weight files of `resnet50`. */
export const resnet50Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('resnet50-0676ba61.pth', 97.781, 76.13, 92.862),
  IMAGENET1K_V2: imagenetWeights(
    'resnet50-11ad3fa6.pth',
    97.79,
    80.858,
    95.434,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `resnet101`. */
export const resnet101Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('resnet101-63fe2227.pth', 170.511, 77.374, 93.546),
  IMAGENET1K_V2: imagenetWeights(
    'resnet101-cd907fc2.pth',
    170.53,
    81.886,
    95.78,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `resnet152`. */
export const resnet152Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('resnet152-394f9c45.pth', 230.434, 78.312, 94.046),
  IMAGENET1K_V2: imagenetWeights(
    'resnet152-f82ba261.pth',
    230.474,
    82.284,
    96.002,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `resnext50_32x4d`. */
export const resnext50_32x4dWeights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('resnext50_32x4d-7cdf4587.pth', 95.789, 77.618, 93.698),
  IMAGENET1K_V2: imagenetWeights(
    'resnext50_32x4d-1a0047aa.pth',
    95.833,
    81.198,
    95.34,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `resnext101_32x8d`. */
export const resnext101_32x8dWeights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('resnext101_32x8d-8ba56ff5.pth', 339.586, 79.312, 94.526),
  IMAGENET1K_V2: imagenetWeights(
    'resnext101_32x8d-110c445d.pth',
    339.673,
    82.834,
    96.228,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `resnext101_64x4d`. */
export const resnext101_64x4dWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'resnext101_64x4d-173b62eb.pth',
    319.318,
    83.246,
    96.454,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `wide_resnet50_2`. */
export const wide_resnet50_2Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('wide_resnet50_2-95faca4d.pth', 131.82, 78.468, 94.086),
  IMAGENET1K_V2: imagenetWeights(
    'wide_resnet50_2-9ba9bcbe.pth',
    263.124,
    81.602,
    95.758,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `wide_resnet101_2`. */
export const wide_resnet101_2Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('wide_resnet101_2-32ee1156.pth', 242.896, 78.848, 94.284),
  IMAGENET1K_V2: imagenetWeights(
    'wide_resnet101_2-d733dc28.pth',
    484.747,
    82.51,
    96.02,
    imagenetPreprocessing(224, 232),
  ),
};
