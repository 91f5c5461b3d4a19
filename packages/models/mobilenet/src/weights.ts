import { imagenetPreprocessing, imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `mobilenet_v2`. */
export const mobilenet_v2Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('mobilenet_v2-b0353104.pth', 13.555, 71.878, 90.286),
  IMAGENET1K_V2: imagenetWeights(
    'mobilenet_v2-7ebf99e0.pth',
    13.598,
    72.154,
    90.822,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `mobilenet_v3_large`. */
export const mobilenet_v3_largeWeights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights('mobilenet_v3_large-8738ca79.pth', 21.114, 74.042, 91.34),
  IMAGENET1K_V2: imagenetWeights(
    'mobilenet_v3_large-5c1a4163.pth',
    21.107,
    75.274,
    92.566,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `mobilenet_v3_small`. */
export const mobilenet_v3_smallWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('mobilenet_v3_small-047dcff4.pth', 9.829, 67.668, 87.402),
};
