import { imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `alexnet`. */
export const alexnetWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('alexnet-owt-7be5be79.pth', 233.087, 56.522, 79.066),
};
