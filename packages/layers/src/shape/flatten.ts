import { anInteger, flatten, requireKind, type Tensor } from '@convnet/tensor-core';

import { Module } from '../module/module.ts';

/** Joins the axes from `startDim` to `endDim`. torch.nn.Flatten. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    requireKind('Flatten', 'startDim', startDim, anInteger);
    requireKind('Flatten', 'endDim', endDim, anInteger);
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}
