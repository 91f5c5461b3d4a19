import {
  aBoolean,
  adaptiveAvgPool,
  adaptiveMaxPool,
  adaptiveSize,
  aFiniteNumber,
  avgPool,
  checkOptions,
  maxPool,
  maxPoolWithIndices,
  optionKinds,
  orNull,
  integersFrom,
  type AdaptiveSize,
  type AvgPoolOptions,
  type MaxPoolOptions,
  type PerAxis,
  type Tensor,
} from '@convnet/tensor-core';

import { asGiven, pythonValue, requireDims, requireRank, tuple } from '../layer-support.ts';
import { Module } from '../module/module.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

const maxPoolOptions = optionKinds<MaxPoolOptions>({
  stride: integersFrom(1),
  padding: integersFrom(0),
  dilation: integersFrom(1),
  ceilMode: aBoolean,
});

/** Greatest element of each window. torch.nn.MaxPool1d, 2d, 3d. */
export class MaxPool extends Module {
  readonly dims: number;
  readonly kernelSize: PerAxis;
  readonly options: MaxPoolOptions;

  constructor(dims: number, kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super();
    this.dims = requireDims('MaxPool', dims);
    checkOptions(this.typeName, options, maxPoolOptions);
    tuple(this.typeName, 'kernelSize', kernelSize, dims);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return maxPool(x, this.kernelSize, this.options);
  }

  override get typeName(): string {
    return `MaxPool${this.dims}d`;
  }

  override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0, dilation = 1, ceilMode = false } = this.options;
    return (
      `kernel_size=${asGiven(this.kernelSize)}, stride=${asGiven(stride)}, padding=${asGiven(padding)}, ` +
      `dilation=${asGiven(dilation)}, ceil_mode=${pythonValue(ceilMode)}`
    );
  }
}

/**
 * `MaxPool` that also gives the flat position of each maximum in the input's spatial extent, as int32, for
 * `MaxUnpool`. torch.nn.MaxPool1d, 2d, 3d with return_indices.
 */
export class MaxPoolWithIndices extends Module<[Tensor], [values: Tensor, indices: Tensor]> {
  readonly #pool: MaxPool;

  constructor(dims: number, kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super();
    this.#pool = new MaxPool(dims, kernelSize, options);
  }

  override forward(x: Tensor): [values: Tensor, indices: Tensor] {
    requireRank(x, this.#pool.dims);
    return maxPoolWithIndices(x, this.#pool.kernelSize, this.#pool.options);
  }

  override get typeName(): string {
    return this.#pool.typeName;
  }

  override extraRepr(): string {
    return this.#pool.extraRepr();
  }
}

const avgPoolOptions = optionKinds<AvgPoolOptions>({
  stride: integersFrom(1),
  padding: integersFrom(0),
  ceilMode: aBoolean,
  countIncludePad: aBoolean,
  divisorOverride: orNull(aFiniteNumber),
});

/** Mean of each window. torch.nn.AvgPool1d, 2d, 3d. */
export class AvgPool extends Module {
  readonly dims: number;
  readonly kernelSize: PerAxis;
  readonly options: AvgPoolOptions;

  constructor(dims: number, kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super();
    this.dims = requireDims('AvgPool', dims);
    checkOptions(this.typeName, options, avgPoolOptions);
    tuple(this.typeName, 'kernelSize', kernelSize, dims);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return avgPool(x, this.kernelSize, this.options);
  }

  override get typeName(): string {
    return `AvgPool${this.dims}d`;
  }

  override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0 } = this.options;
    return `kernel_size=${asGiven(this.kernelSize)}, stride=${asGiven(stride)}, padding=${asGiven(padding)}`;
  }
}

/** Means over `outputSize` near-equal windows; null leaves an axis as it is. torch.nn.AdaptiveAvgPool1d, 2d, 3d. */
export class AdaptiveAvgPool extends Module {
  readonly dims: number;
  readonly outputSize: AdaptiveSize;

  constructor(dims: number, outputSize: AdaptiveSize) {
    super();
    this.dims = requireDims(this.constructor.name, dims);
    adaptiveSize(this.typeName, 'outputSize', outputSize, dims);
    this.outputSize = outputSize;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return adaptiveAvgPool(x, this.outputSize);
  }

  override get typeName(): string {
    return `AdaptiveAvgPool${this.dims}d`;
  }

  override extraRepr(): string {
    return `output_size=${asGiven(this.outputSize)}`;
  }
}

/** Maxima over `outputSize` near-equal windows; null leaves an axis as it is. torch.nn.AdaptiveMaxPool1d, 2d, 3d. */
export class AdaptiveMaxPool extends Module {
  readonly dims: number;
  readonly outputSize: AdaptiveSize;

  constructor(dims: number, outputSize: AdaptiveSize) {
    super();
    this.dims = requireDims(this.constructor.name, dims);
    adaptiveSize(this.typeName, 'outputSize', outputSize, dims);
    this.outputSize = outputSize;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return adaptiveMaxPool(x, this.outputSize);
  }

  override get typeName(): string {
    return `AdaptiveMaxPool${this.dims}d`;
  }

  override extraRepr(): string {
    return `output_size=${asGiven(this.outputSize)}`;
  }
}

/** Means over `outputSize` windows, for signals. */
export const AdaptiveAvgPool1d: OfRank<typeof AdaptiveAvgPool> = ofRank(1, AdaptiveAvgPool);
export type AdaptiveAvgPool1d = AdaptiveAvgPool;

/** Means over `outputSize` windows, for images. */
export const AdaptiveAvgPool2d: OfRank<typeof AdaptiveAvgPool> = ofRank(2, AdaptiveAvgPool);
export type AdaptiveAvgPool2d = AdaptiveAvgPool;

/** Means over `outputSize` windows, for volumes. */
export const AdaptiveAvgPool3d: OfRank<typeof AdaptiveAvgPool> = ofRank(3, AdaptiveAvgPool);
export type AdaptiveAvgPool3d = AdaptiveAvgPool;

/** Maxima over `outputSize` windows, for signals. */
export const AdaptiveMaxPool1d: OfRank<typeof AdaptiveMaxPool> = ofRank(1, AdaptiveMaxPool);
export type AdaptiveMaxPool1d = AdaptiveMaxPool;

/** Maxima over `outputSize` windows, for images. */
export const AdaptiveMaxPool2d: OfRank<typeof AdaptiveMaxPool> = ofRank(2, AdaptiveMaxPool);
export type AdaptiveMaxPool2d = AdaptiveMaxPool;

/** Maxima over `outputSize` windows, for volumes. */
export const AdaptiveMaxPool3d: OfRank<typeof AdaptiveMaxPool> = ofRank(3, AdaptiveMaxPool);
export type AdaptiveMaxPool3d = AdaptiveMaxPool;

/** Mean of each window, for signals. */
export const AvgPool1d: OfRank<typeof AvgPool> = ofRank(1, AvgPool);
export type AvgPool1d = AvgPool;

/** Mean of each window, for images. */
export const AvgPool2d: OfRank<typeof AvgPool> = ofRank(2, AvgPool);
export type AvgPool2d = AvgPool;

/** Mean of each window, for volumes. */
export const AvgPool3d: OfRank<typeof AvgPool> = ofRank(3, AvgPool);
export type AvgPool3d = AvgPool;

/** Maximum of each window, for signals. */
export const MaxPool1d: OfRank<typeof MaxPool> = ofRank(1, MaxPool);
export type MaxPool1d = MaxPool;

/** Maximum of each window, for images. */
export const MaxPool2d: OfRank<typeof MaxPool> = ofRank(2, MaxPool);
export type MaxPool2d = MaxPool;

/** Maximum of each window, for volumes. */
export const MaxPool3d: OfRank<typeof MaxPool> = ofRank(3, MaxPool);
export type MaxPool3d = MaxPool;
