import {
  aBoolean,
  aFiniteNumber,
  checkOptions,
  integersFrom,
  lpPool,
  optionKinds,
  requireKind,
  type PerAxis,
  type PoolOptions,
  type Tensor,
} from '@convnet/tensor-core';

import { asGiven, pythonValue, requireDims, requireRank, tuple } from '../layer-support.ts';
import { Module } from '../module/module.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

const lpPoolOptions = optionKinds<Omit<PoolOptions, 'padding'>>({
  stride: integersFrom(1),
  ceilMode: aBoolean,
});

/** (Σ x^p)^(1/p) over each window, with p as `normType`. torch.nn.LPPool1d, 2d. */
export class LPPool extends Module {
  readonly dims: number;
  readonly normType: number;
  readonly kernelSize: PerAxis;
  readonly options: Omit<PoolOptions, 'padding'>;

  constructor(
    dims: number,
    normType: number,
    kernelSize: PerAxis,
    options: Omit<PoolOptions, 'padding'> = {},
  ) {
    super();
    this.dims = requireDims('LPPool', dims);
    checkOptions(this.typeName, options, lpPoolOptions);
    requireKind(this.typeName, 'normType', normType, aFiniteNumber);
    tuple(this.typeName, 'kernelSize', kernelSize, dims);
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return lpPool(x, this.normType, this.kernelSize, this.options);
  }

  override get typeName(): string {
    return `LPPool${this.dims}d`;
  }

  override extraRepr(): string {
    const { stride, ceilMode = false } = this.options;
    return (
      `norm_type=${this.normType}, kernel_size=${asGiven(this.kernelSize)}, ` +
      `stride=${stride === undefined ? 'None' : asGiven(stride)}, ceil_mode=${pythonValue(ceilMode)}`
    );
  }
}

/** p-norm of each window, for signals. */
export const LPPool1d: OfRank<typeof LPPool> = ofRank(1, LPPool);
export type LPPool1d = LPPool;

/** p-norm of each window, for images. */
export const LPPool2d: OfRank<typeof LPPool> = ofRank(2, LPPool);
export type LPPool2d = LPPool;

/** p-norm of each window, for volumes. */
export const LPPool3d: OfRank<typeof LPPool> = ofRank(3, LPPool);
export type LPPool3d = LPPool;
