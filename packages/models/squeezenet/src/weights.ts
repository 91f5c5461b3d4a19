import { imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `squeezenet1_0`. */
export const squeezenet1_0Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('squeezenet1_0-b66bff10.pth', 4.778, 58.092, 80.42),
};

/** Torchvision's weight files of `squeezenet1_1`. */
export const squeezenet1_1Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('squeezenet1_1-b8a52dc0.pth', 4.729, 58.178, 80.624),
};
