import { imagenetPreprocessing, imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `mnasnet0_5`. */
export const mnasnet0_5Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('mnasnet0.5_top1_67.823-3ffadce67e.pth', 8.591, 67.734, 87.49),
};

/** Torchvision's weight files of `mnasnet0_75`. */
export const mnasnet0_75Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'mnasnet0_75-7090bc5f.pth',
    12.303,
    71.18,
    90.496,
    imagenetPreprocessing(224, 232),
  ),
};

/** Torchvision's weight files of `mnasnet1_0`. */
export const mnasnet1_0Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('mnasnet1.0_top1_73.512-f206786ef8.pth', 16.915, 73.456, 91.51),
};

/** Torchvision's weight files of `mnasnet1_3`. */
export const mnasnet1_3Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'mnasnet1_3-a4c69d6f.pth',
    24.246,
    76.506,
    93.522,
    imagenetPreprocessing(224, 232),
  ),
};
