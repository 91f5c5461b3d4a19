import { ArgumentError, dropout, type Generator, type Tensor } from '@convnet/tensor-core';

import { Module } from './module.ts';

/** Zeroes elements with probability `p` in training. torch.nn.Dropout. */
export class Dropout extends Module {
  readonly p: number;
  readonly #generator: Generator | undefined;

  /** @throws ArgumentError for `p` outside [0, 1]. */
  constructor(p = 0.5, options: { readonly generator?: Generator } = {}) {
    super();
    if (!(p >= 0 && p <= 1)) {
      throw new ArgumentError(`Dropout: expected a probability from 0 to 1, got ${p}`);
    }
    this.p = p;
    this.#generator = options.generator;
  }

  override forward(x: Tensor): Tensor {
    const generator = this.#generator;
    return dropout(x, this.p, { training: this.training, ...(generator && { generator }) });
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }
}
