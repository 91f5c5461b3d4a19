import {
  checkOptions,
  maxUnpool,
  optionKinds,
  integersFrom,
  type MaxUnpoolOptions,
  type PerAxis,
  type Tensor,
} from '@convnet/tensor-core';

import { pythonTuple, requireDims, requireRank, tuple } from '../layer-support.ts';
import { Module } from '../module/module.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

const maxUnpoolOptions = optionKinds<Omit<MaxUnpoolOptions, 'outputSize'>>({
  stride: integersFrom(1),
  padding: integersFrom(0),
});

/**
 * Puts maxima back to where `MaxPoolWithIndices` found them, zeros elsewhere. The last argument of forward
 * chooses among the extents that pooling maps to one. torch.nn.MaxUnpool1d, 2d, 3d.
 */
export class MaxUnpool extends Module<[x: Tensor, indices: Tensor, outputSize?: PerAxis]> {
  readonly dims: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(
    dims: number,
    kernelSize: PerAxis,
    options: Omit<MaxUnpoolOptions, 'outputSize'> = {},
  ) {
    super();
    this.dims = requireDims('MaxUnpool', dims);
    checkOptions(this.typeName, options, maxUnpoolOptions);
    this.kernelSize = tuple(this.typeName, 'kernelSize', kernelSize, dims);
    this.stride = tuple(this.typeName, 'stride', options.stride ?? kernelSize, dims);
    this.padding = tuple(this.typeName, 'padding', options.padding ?? 0, dims, 0);
  }

  override forward(x: Tensor, indices: Tensor, outputSize?: PerAxis): Tensor {
    requireRank(x, this.dims);
    return maxUnpool(x, indices, this.kernelSize, {
      stride: this.stride,
      padding: this.padding,
      ...(outputSize === undefined ? {} : { outputSize }),
    });
  }

  override get typeName(): string {
    return `MaxUnpool${this.dims}d`;
  }

  override extraRepr(): string {
    return (
      `kernel_size=${pythonTuple(this.kernelSize)}, stride=${pythonTuple(this.stride)}, ` +
      `padding=${pythonTuple(this.padding)}`
    );
  }
}

/** Maxima put back, for signals. */
export const MaxUnpool1d: OfRank<typeof MaxUnpool> = ofRank(1, MaxUnpool);
export type MaxUnpool1d = MaxUnpool;

/** Maxima put back, for images. */
export const MaxUnpool2d: OfRank<typeof MaxUnpool> = ofRank(2, MaxUnpool);
export type MaxUnpool2d = MaxUnpool;

/** Maxima put back, for volumes. */
export const MaxUnpool3d: OfRank<typeof MaxUnpool> = ofRank(3, MaxUnpool);
export type MaxUnpool3d = MaxUnpool;
