import { imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** The files are older than PyTorch's rule that names of layers have no dots. */
const renames = [[/^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.)/, '$1$2']] as const;

/** Torchvision's weight files of `densenet121`. */
export const densenet121Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('densenet121-a639ec97.pth', 30.845, 74.434, 91.972, undefined, {
    renames,
  }),
};

/** Torchvision's weight files of `densenet161`. */
export const densenet161Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('densenet161-8d451a50.pth', 110.369, 77.138, 93.56, undefined, {
    renames,
  }),
};

/** Torchvision's weight files of `densenet169`. */
export const densenet169Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('densenet169-b2777c0a.pth', 54.708, 75.6, 92.806, undefined, {
    renames,
  }),
};

/** Torchvision's weight files of `densenet201`. */
export const densenet201Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('densenet201-c1103571.pth', 77.373, 76.896, 93.37, undefined, {
    renames,
  }),
};
