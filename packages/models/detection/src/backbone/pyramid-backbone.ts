import { Module, type AnyModule } from '@convnet/layers';
import {
  aCount,
  ArgumentError,
  aString,
  checkOptions,
  listOf,
  optionKinds,
  requireKind,
  type Tensor,
} from '@convnet/tensor-core';

import { FeatureLayers } from './feature-layers.ts';
import { FeaturePyramid, pyramidKinds, type FeaturePyramidOptions } from './feature-pyramid.ts';

/** What a detector takes its features from: maps of one width, from the finest to the coarsest. */
export interface Backbone extends Module<[Tensor], Tensor[]> {
  readonly outChannels: number;
  /** Maps that regions are pooled from: the first ones. The rest is for proposals only. */
  readonly pooledLevels: number;
}

/** Options of `PyramidBackbone`. */
export interface PyramidBackboneOptions extends FeaturePyramidOptions {
  /** Channels of each level. Default 256. */
  readonly outChannels?: number;
}

const backboneKinds = optionKinds<PyramidBackboneOptions>({
  outChannels: aCount,
  ...pyramidKinds,
});

/** Feature maps of some layers of a network, and a pyramid over them. torchvision's BackboneWithFPN. */
export class PyramidBackbone extends Module<[Tensor], Tensor[]> implements Backbone {
  body: FeatureLayers;
  fpn: FeaturePyramid;
  readonly outChannels: number;
  readonly pooledLevels: number;

  /**
   * @param layers names of the network's children whose outputs are used, from the finest to the coarsest
   * @param inChannels channels of these outputs
   * @throws ArgumentError for arguments of another kind, and for a name that no child has.
   */
  constructor(
    dims: number,
    network: AnyModule,
    layers: readonly string[],
    inChannels: readonly number[],
    options: PyramidBackboneOptions = {},
  ) {
    super();
    checkOptions('PyramidBackbone', options, backboneKinds);
    requireKind('PyramidBackbone', 'layers', layers, listOf(aString));
    requireKind('PyramidBackbone', 'inChannels', inChannels, listOf(aCount));
    if (inChannels.length !== layers.length) {
      throw new ArgumentError(
        `PyramidBackbone: expected inChannels for each of ${layers.length} layers, got ${inChannels.length}`,
      );
    }
    const { outChannels = 256, ...pyramid } = options;
    this.body = new FeatureLayers(network, layers);
    this.fpn = new FeaturePyramid(dims, inChannels, outChannels, pyramid);
    this.outChannels = outChannels;
    this.pooledLevels = layers.length;
  }

  override forward(x: Tensor): Tensor[] {
    return this.fpn.forward(this.body.forward(x));
  }
}
