import { imagenetPreprocessing, imagenetWeights, type PretrainedFiles } from '@convnet/layers';

/*
 * Torchvision's files by the names of its builders (torchvision 0.29): file, size in MiB, top-1 and top-5 accuracy on
 * ImageNet-1K in percent, preprocessing.
 */

/** The auxiliary classifiers, which a network for inference lacks. */
const spare = /^(?:aux1|aux2|AuxLogits)\./;

/** Torchvision's weight files of `googlenet`. */
export const googlenetWeights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights('googlenet-1378be20.pth', 49.731, 69.778, 89.53, undefined, {
    spare,
    builderOptions: { transformInput: true },
  }),
};

/** Torchvision's weight files of `inception_v3`. */
export const inception_v3Weights: PretrainedFiles<'IMAGENET1K_V1'> = {
  IMAGENET1K_V1: imagenetWeights(
    'inception_v3_google-0cc3c7bd.pth',
    103.903,
    77.294,
    93.45,
    imagenetPreprocessing(299, 342),
    { spare, builderOptions: { transformInput: true } },
  ),
};
