import { imagenetPreprocessing, imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `shufflenet_v2_x0_5`. */
export const shufflenet_v2_x0_5Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('shufflenetv2_x0.5-f707e7126e.pth', 5.282, 60.552, 81.746),
};

/** Torchvision's weight files of `shufflenet_v2_x1_0`. */
export const shufflenet_v2_x1_0Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('shufflenetv2_x1-5666bf0f80.pth', 8.791, 69.362, 88.316),
};

/** Torchvision's weight files of `shufflenet_v2_x1_5`. */
export const shufflenet_v2_x1_5Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'shufflenetv2_x1_5-3c479a10.pth',
    13.557,
    72.996,
    91.086,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `shufflenet_v2_x2_0`. */
export const shufflenet_v2_x2_0Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'shufflenetv2_x2_0-8be3c8ee.pth',
    28.433,
    76.23,
    93.006,
    imagenetPreprocessing(224, 232),
  ),
};
