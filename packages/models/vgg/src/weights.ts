import {
  imagenetPreprocessing,
  imagenetWeights,
  torchvisionFile,
  type PretrainedFiles,
} from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `vgg11`. */
export const vgg11Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg11-8a719046.pth', 506.84, 69.02, 88.628),
};

/** Torchvision's weight files of `vgg11_bn`. */
export const vgg11_bnWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg11_bn-6002323d.pth', 506.881, 70.37, 89.81),
};

/** Torchvision's weight files of `vgg13`. */
export const vgg13Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg13-19584684.pth', 507.545, 69.928, 89.246),
};

/** Torchvision's weight files of `vgg13_bn`. */
export const vgg13_bnWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg13_bn-abd245e5.pth', 507.59, 71.586, 90.374),
};

/** Torchvision's weight files of `vgg16`. */
export const vgg16Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_FEATURES'> = {
  IMAGENET1K_V1: imagenetWeights('vgg16-397923af.pth', 527.796, 71.592, 90.382),
  IMAGENET1K_FEATURES: torchvisionFile('vgg16_features-amdegroot-88682ab5.pth', 527.802, {
    ...imagenetPreprocessing(224, 256),
    mean: [0.48235, 0.45882, 0.40784],
    std: [1 / 255, 1 / 255, 1 / 255],
  }),
};

/** Torchvision's weight files of `vgg16_bn`. */
export const vgg16_bnWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg16_bn-6c64b313.pth', 527.866, 73.36, 91.516),
};

/** Torchvision's weight files of `vgg19`. */
export const vgg19Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg19-dcbb9e9d.pth', 548.051, 72.376, 90.876),
};

/** Torchvision's weight files of `vgg19_bn`. */
export const vgg19_bnWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('vgg19_bn-c79401a0.pth', 548.143, 74.218, 91.842),
};
