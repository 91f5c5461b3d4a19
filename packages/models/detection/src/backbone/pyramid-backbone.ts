import { Module, type AnyModule } from '@convnet/layers';
import type { Tensor } from '@convnet/tensor-core';

import { FeatureLayers } from './feature-layers.ts';
import { FeaturePyramid, type FeaturePyramidOptions } from './feature-pyramid.ts';

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

/** Feature maps of some layers of a network, and a pyramid over them. torchvision's BackboneWithFPN. */
export class PyramidBackbone extends Module<[Tensor], Tensor[]> implements Backbone {
  body: FeatureLayers;
  fpn: FeaturePyramid;
  readonly outChannels: number;
  readonly pooledLevels: number;

  /**
   * @param layers names of the network's children whose outputs are used, from the finest to the coarsest
   * @param inChannels channels of these outputs
   */
  constructor(
    dims: number,
    network: AnyModule,
    layers: readonly string[],
    inChannels: readonly number[],
    { outChannels = 256, ...options }: PyramidBackboneOptions = {},
  ) {
    super();
    this.body = new FeatureLayers(network, layers);
    this.fpn = new FeaturePyramid(dims, inChannels, outChannels, options);
    this.outChannels = outChannels;
    this.pooledLevels = layers.length;
  }

  override forward(x: Tensor): Tensor[] {
    return this.fpn.forward(this.body.forward(x));
  }
}
