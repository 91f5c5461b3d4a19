import {
  aFiniteNumber,
  checkOptions,
  localResponseNorm,
  optionKinds,
  type LocalResponseNormOptions,
  type Tensor,
} from '@convnet/tensor-core';

import { pythonFloat, requireCount } from '../layer-support.ts';
import { Module } from '../module/module.ts';

const localResponseNormOptions = optionKinds<LocalResponseNormOptions>({
  alpha: aFiniteNumber,
  beta: aFiniteNumber,
  k: aFiniteNumber,
});

/**
 * Divides each element by the energy of `size` neighbouring channels. Krizhevsky et al., "ImageNet
 * Classification with Deep Convolutional Neural Networks", NIPS 2012, section 3.3. torch.nn.LocalResponseNorm.
 */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly options: LocalResponseNormOptions;

  /** @throws ArgumentError for a size below 1. */
  constructor(size: number, options: LocalResponseNormOptions = {}) {
    super();
    checkOptions('LocalResponseNorm', options, localResponseNormOptions);
    this.size = requireCount('LocalResponseNorm', 'size', size);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.options);
  }

  override extraRepr(): string {
    const { alpha = 1e-4, beta = 0.75, k = 1 } = this.options;
    return `${this.size}, alpha=${pythonFloat(alpha)}, beta=${pythonFloat(beta)}, k=${pythonFloat(k)}`;
  }
}
