import {
  aGenerator,
  checkOptions,
  fractionalMaxPool,
  fractionalMaxPoolWithIndices,
  integersFrom,
  optionKinds,
  perAxisNumbers,
  requireFractionalSize,
  type FractionalMaxPoolOptions,
  type PerAxis,
  type Tensor,
} from '@convnet/tensor-core';

import { requireDims, requireRank, tuple } from '../layer-support.ts';
import { Module } from '../module/module.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

/** Options of `FractionalMaxPool`: just one of `outputSize` and `outputRatio`. */
export type FractionalMaxPoolLayerOptions = Omit<FractionalMaxPoolOptions, 'randomSamples'>;

const fractionalMaxPoolOptions = optionKinds<FractionalMaxPoolLayerOptions>({
  outputSize: integersFrom(1),
  outputRatio: perAxisNumbers,
  generator: aGenerator,
});

/**
 * Greatest element of windows at random distances, drawn anew at each call, in evaluation too, as in PyTorch.
 * torch.nn.FractionalMaxPool2d, 3d.
 */
export class FractionalMaxPool extends Module {
  readonly dims: number;
  readonly kernelSize: PerAxis;
  readonly options: FractionalMaxPoolLayerOptions;

  /** @throws ArgumentError unless just one of `outputSize` and `outputRatio` is given. */
  constructor(dims: number, kernelSize: PerAxis, options: FractionalMaxPoolLayerOptions) {
    super();
    this.dims = requireDims('FractionalMaxPool', dims);
    tuple(this.typeName, 'kernelSize', kernelSize, dims);
    checkOptions(this.typeName, options, fractionalMaxPoolOptions);
    requireFractionalSize(this.typeName, options, dims);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return fractionalMaxPool(x, this.kernelSize, this.options);
  }

  override get typeName(): string {
    return `FractionalMaxPool${this.dims}d`;
  }
}

/**
 * `FractionalMaxPool` that also gives the flat position of each maximum in the input's spatial extent, as int32.
 * torch.nn.FractionalMaxPool2d, 3d with return_indices.
 */
export class FractionalMaxPoolWithIndices extends Module<
  [Tensor],
  [values: Tensor, indices: Tensor]
> {
  readonly #pool: FractionalMaxPool;

  /** @throws ArgumentError unless just one of `outputSize` and `outputRatio` is given. */
  constructor(dims: number, kernelSize: PerAxis, options: FractionalMaxPoolLayerOptions) {
    super();
    this.#pool = new FractionalMaxPool(dims, kernelSize, options);
  }

  override forward(x: Tensor): [values: Tensor, indices: Tensor] {
    requireRank(x, this.#pool.dims);
    return fractionalMaxPoolWithIndices(x, this.#pool.kernelSize, this.#pool.options);
  }

  override get typeName(): string {
    return this.#pool.typeName;
  }
}

/** Pooling at random distances, for signals. */
export const FractionalMaxPool1d: OfRank<typeof FractionalMaxPool> = ofRank(1, FractionalMaxPool);
export type FractionalMaxPool1d = FractionalMaxPool;

/** Pooling at random distances, for images. */
export const FractionalMaxPool2d: OfRank<typeof FractionalMaxPool> = ofRank(2, FractionalMaxPool);
export type FractionalMaxPool2d = FractionalMaxPool;

/** Pooling at random distances, for volumes. */
export const FractionalMaxPool3d: OfRank<typeof FractionalMaxPool> = ofRank(3, FractionalMaxPool);
export type FractionalMaxPool3d = FractionalMaxPool;
