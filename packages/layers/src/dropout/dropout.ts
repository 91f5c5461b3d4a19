import {
  aGenerator,
  alphaDropout,
  checkOptions,
  dropout,
  dropoutChannels,
  featureAlphaDropout,
  optionKinds,
  type DropoutOptions,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

import { requireProbability, requireDims, requireRank } from '../layer-support.ts';
import { Module } from '../module/module.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

/** Options of `Dropout`, its forms for channels, `AlphaDropout`, `FeatureAlphaDropout` and `StochasticDepth`. */
export interface DropoutLayerOptions {
  /** Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const dropoutOptions = optionKinds<DropoutLayerOptions>({ generator: aGenerator });

/** The probability and the stream of random numbers. */
abstract class DropoutBase extends Module {
  readonly p: number;
  readonly #generator: Generator | undefined;

  /** @throws ArgumentError for `p` outside [0, 1]. */
  constructor(p = 0.5, options: DropoutLayerOptions = {}) {
    super();
    checkOptions('Dropout', options, dropoutOptions);
    this.p = requireProbability('Dropout', p);
    this.#generator = options.generator;
  }

  protected get options(): DropoutOptions {
    const generator = this.#generator;
    return { training: this.training, ...(generator && { generator }) };
  }

  override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

/** Zeroes elements with probability `p` in training. torch.nn.Dropout. */
export class Dropout extends DropoutBase {
  override forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.options);
  }
}

/** Sets elements to what SELU saturates at with probability `p` in training. torch.nn.AlphaDropout. */
export class AlphaDropout extends DropoutBase {
  override forward(x: Tensor): Tensor {
    return alphaDropout(x, this.p, this.options);
  }
}

/** `AlphaDropout` of whole channels of [N, C, …]. torch.nn.FeatureAlphaDropout. */
export class FeatureAlphaDropout extends DropoutBase {
  override forward(x: Tensor): Tensor {
    return featureAlphaDropout(x, this.p, this.options);
  }
}

/** Zeroes whole channels of [N, C, …] with probability `p` in training. torch.nn.Dropout1d, 2d, 3d. */
export class ChannelDropout extends DropoutBase {
  readonly dims: number;

  /** @throws ArgumentError for `p` outside [0, 1]. */
  constructor(dims: number, p = 0.5, options: DropoutLayerOptions = {}) {
    super(p, options);
    this.dims = requireDims('ChannelDropout', dims);
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return dropoutChannels(x, this.p, this.options);
  }

  override get typeName(): string {
    return `Dropout${this.dims}d`;
  }
}

/** Dropout of channels, for signals. */
export const Dropout1d: OfRank<typeof ChannelDropout> = ofRank(1, ChannelDropout);
export type Dropout1d = ChannelDropout;

/** Dropout of channels, for images. */
export const Dropout2d: OfRank<typeof ChannelDropout> = ofRank(2, ChannelDropout);
export type Dropout2d = ChannelDropout;

/** Dropout of channels, for volumes. */
export const Dropout3d: OfRank<typeof ChannelDropout> = ofRank(3, ChannelDropout);
export type Dropout3d = ChannelDropout;
