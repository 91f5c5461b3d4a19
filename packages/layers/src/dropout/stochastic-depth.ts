import {
  aGenerator,
  checkOptions,
  oneOf,
  optionKinds,
  requireKind,
  stochasticDepth,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

import type { DropoutLayerOptions } from './dropout.ts';
import { requireProbability } from '../layer-support.ts';
import { Module } from '../module/module.ts';

const stochasticDepthOptions = optionKinds<DropoutLayerOptions>({ generator: aGenerator });

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
    checkOptions('StochasticDepth', options, stochasticDepthOptions);
    requireKind('StochasticDepth', 'mode', mode, oneOf('row', 'batch'));
    this.p = requireProbability('StochasticDepth', p);
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
