import type { AnyModule } from '@convnet/layers';
import {
  ArgumentError,
  formatShape,
  interpolate,
  mean,
  mul,
  optionNames,
  refuseUnknownOptions,
  relu,
  reshape,
  sum,
  type Tensor,
} from '@convnet/tensor-core';

import { explain, Explanation } from './explanation.ts';
import { lastSpatialConvolution, moduleAt } from './layers.ts';
import type { Target } from './score.ts';

/** Options of `gradCam`. */
export interface GradCamOptions {
  /** Path of the layer to look at. Default: the last convolution that leaves more than one position. */
  readonly layer?: string;
  /** What is explained. Default: the class that the network predicts for each sample. */
  readonly target?: Target;
  /** Keeps only what speaks for the target, as in the paper. Default true. */
  readonly relu?: boolean;
  /** Brings the map to the extents of the input, linearly. Default true; else it has those of the layer. */
  readonly upsample?: boolean;
}

const gradCamOptions = optionNames<GradCamOptions>({
  layer: true,
  target: true,
  relu: true,
  upsample: true,
});

/**
 * Grad-CAM: where in its input a network sees what speaks for a class. The channels of a layer are weighted by the mean
 * gradient of the class's output by them and added up. Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391,
 * equations 1 and 2. The network runs in evaluation mode and is left as it was.
 *
 * @param input [N, C, spatial…] in one, two or three dimensions
 * @returns [N, spatial…], not scaled
 * @throws ArgumentError for a layer that is not there (naming the nearest), runs twice or has no positions, and where
 * the network has no convolution; IndexRangeError for a target that is no class; NonFiniteError naming the sample.
 */
export async function gradCam(
  model: AnyModule,
  input: Tensor,
  options: GradCamOptions = {},
): Promise<Tensor> {
  refuseUnknownOptions('gradCam', options, gradCamOptions);
  const { layer, target, relu: positive = true, upsample = true } = options;
  return explain(new Explanation('gradCam', model, input, target), (explanation) => {
    const path = layer ?? lastSpatialConvolution('gradCam', model, input.shape);
    const module = moduleAt('gradCam', model, path);
    const { activation, gradient } = explanation.atLayer(path, module);
    if (activation.rank !== input.rank) {
      throw new ArgumentError(
        `gradCam: layer '${path}' gives ${formatShape(activation.shape)}, which has no map of an input ${formatShape(input.shape)}`,
      );
    }
    const spatial = activation.shape.slice(2).map((_, axis) => axis + 2);
    const weights = mean(gradient, spatial, { keepDim: true });
    const weighted = sum(mul(activation, weights), [1], { keepDim: true });
    const map = positive ? relu(weighted) : weighted;
    const size = input.shape.slice(2);
    const sized = upsample ? interpolate(map, { size, mode: 'linear' }) : map;
    return reshape(sized, [sized.shape[0]!, ...sized.shape.slice(2)]);
  });
}
