import { anInteger, logSoftmax, requireKind, softmax, type Tensor } from '@convnet/tensor-core';

import { Module } from '../module/module.ts';

/** exp(x) over its sum along axis `dim`. torch.nn.Softmax. */
export class Softmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    requireKind('Softmax', 'dim', dim, anInteger);
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** Logarithm of softmax along axis `dim`. torch.nn.LogSoftmax. */
export class LogSoftmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    requireKind('LogSoftmax', 'dim', dim, anInteger);
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
