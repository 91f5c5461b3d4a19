import { aModule } from '../kinds.ts';
import { features, inEvaluation, type AnyModule, type Layer } from '@convnet/layers';
import {
  ArgumentError,
  formatShape,
  noGrad,
  requireTensor,
  scope,
  Tensor,
  requireKind,
  aString,
} from '@convnet/tensor-core';

import { firstConvolution, lastSpatialConvolution, moduleAt, nameOf } from './layers.ts';

/**
 * What a layer gives for some samples, in evaluation mode and outside every graph.
 * @param input [N, C, spatial…]
 * @param layer its path. Default: the last convolution that leaves more than one position
 * @returns [N, channels, spatial…]
 * @throws ArgumentError for a layer that is not there, naming the nearest.
 */
export function featureMaps(model: AnyModule, input: Tensor, layer?: string): Tensor {
  requireKind('featureMaps', 'model', model, aModule);
  requireTensor('featureMaps', input, 'the input');
  if (layer !== undefined) requireKind('featureMaps', 'layer', layer, aString);
  const path = layer ?? lastSpatialConvolution('featureMaps', model, input.shape);
  moduleAt('featureMaps', model, path);
  return scope(() =>
    inEvaluation(model, () => noGrad(() => features(model as Layer, [path])(input)[path]!)),
  );
}

/**
 * The learned filters of a convolution, outside every graph and on the model's own memory: training changes them.
 * @param layer its path. Default: the model's first convolution
 * @returns [outChannels, inChannels / groups, kernel…]
 * @throws ArgumentError for a layer that is not there (naming the nearest) or has no filters.
 */
export function filters(model: AnyModule, layer?: string): Tensor {
  requireKind('filters', 'model', model, aModule);
  if (layer !== undefined) requireKind('filters', 'layer', layer, aString);
  const path = layer ?? firstConvolution('filters', model);
  const module = moduleAt('filters', model, path);
  const { weight } = module as { readonly weight?: unknown };
  if (weight instanceof Tensor && weight.rank >= 3) return weight.detach();
  const has =
    weight instanceof Tensor ? `weights ${formatShape(weight.shape)}` : 'no weights of its own';
  throw new ArgumentError(
    `filters: layer '${path}' of ${nameOf(model)} is a ${module.typeName} with ${has}; name a convolution`,
  );
}
