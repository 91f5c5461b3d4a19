import { imagenetPreprocessing, imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** Torchvision's weight files of `efficientnet_b0`. */
export const efficientnet_b0Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b0_rwightman-7f5810bc.pth',
    20.451,
    77.692,
    93.532,
    imagenetPreprocessing(224, 256, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_b1`. */
export const efficientnet_b1Weights: PretrainedFiles<'IMAGENET1K_V1' | 'IMAGENET1K_V2'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b1_rwightman-bac287d4.pth',
    30.134,
    78.642,
    94.186,
    imagenetPreprocessing(240, 256, 'bicubic'),
  ),
  IMAGENET1K_V2: imagenetWeights(
    'efficientnet_b1-c27df63c.pth',
    30.136,
    79.838,
    94.934,
    imagenetPreprocessing(240, 255),
  ),
};

/** Torchvision's weight files of `efficientnet_b2`. */
export const efficientnet_b2Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b2_rwightman-c35c1473.pth',
    35.174,
    80.608,
    95.31,
    imagenetPreprocessing(288, 288, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_b3`. */
export const efficientnet_b3Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b3_rwightman-b3899882.pth',
    47.184,
    82.008,
    96.054,
    imagenetPreprocessing(300, 320, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_b4`. */
export const efficientnet_b4Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b4_rwightman-23ab8bcd.pth',
    74.489,
    83.384,
    96.594,
    imagenetPreprocessing(380, 384, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_b5`. */
export const efficientnet_b5Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b5_lukemelas-1a07897c.pth',
    116.864,
    83.444,
    96.628,
    imagenetPreprocessing(456, 456, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_b6`. */
export const efficientnet_b6Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b6_lukemelas-24a108a5.pth',
    165.362,
    84.008,
    96.916,
    imagenetPreprocessing(528, 528, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_b7`. */
export const efficientnet_b7Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_b7_lukemelas-c5b4e57e.pth',
    254.675,
    84.122,
    96.908,
    imagenetPreprocessing(600, 600, 'bicubic'),
  ),
};

/** Torchvision's weight files of `efficientnet_v2_s`. */
export const efficientnet_v2_sWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_v2_s-dd5fe13b.pth',
    82.704,
    84.228,
    96.878,
    imagenetPreprocessing(384, 384),
  ),
};

/** Torchvision's weight files of `efficientnet_v2_m`. */
export const efficientnet_v2_mWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_v2_m-dc08266a.pth',
    208.01,
    85.112,
    97.156,
    imagenetPreprocessing(480, 480),
  ),
};

/** Torchvision's weight files of `efficientnet_v2_l`. */
export const efficientnet_v2_lWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'efficientnet_v2_l-59c71312.pth',
    454.573,
    85.808,
    97.788,
    imagenetPreprocessing(480, 480, 'bicubic'),
  ),
};
