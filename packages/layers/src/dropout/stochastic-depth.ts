import {
  ArgumentError,
  optionNames,
  refuseUnknownOptions,
  stochasticDepth,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

import type { DropoutLayerOptions } from './dropout.ts';
import { Module } from '../module/module.ts';

const stochasticDepthOptions = optionNames<DropoutLayerOptions>({ generator: true });

/**
 * Zeroes whole samples (`mode` 'row') or the whole batch with probability `p` in training: the branch of
 * a residual block is then left out. Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016.
 * torchvision.ops.StochasticDepth.
 */
export class StochasticDepth extends Module {
  readonly p: number;
  readonly mode: 'row' | 'batch';
  readonly #generator: Generator | undefined;

  /** @throws ArgumentError for `p` outside [0, 1]. */
  constructor(p: number, mode: 'row' | 'batch' = 'row', options: DropoutLayerOptions = {}) {
    super();
    refuseUnknownOptions('StochasticDepth', options, stochasticDepthOptions);
    if (!(p >= 0 && p <= 1)) {
      throw new ArgumentError(`StochasticDepth: expected a probability from 0 to 1, got ${p}`);
    }
    this.p = p;
    this.mode = mode;
    this.#generator = options.generator;
  }

  override forward(x: Tensor): Tensor {
    const generator = this.#generator;
    return stochasticDepth(x, this.p, this.mode, {
      training: this.training,
      ...(generator && { generator }),
    });
  }

  override extraRepr(): string {
    return `p=${this.p}, mode=${this.mode}`;
  }
}
