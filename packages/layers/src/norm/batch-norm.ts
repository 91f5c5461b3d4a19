import {
  aBoolean,
  aDevice,
  batchNorm,
  checkOptions,
  optionKinds,
  orNull,
  recomputing,
  requireTensor,
  ShapeError,
  zeros,
  type Tensor,
  numberFrom,
} from '@convnet/tensor-core';

import { constant } from '../init/init.ts';
import { requireDims, pythonValue, requireCount } from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Buffer, Parameter } from '../module/parameter.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

export interface BatchNormLayerOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Share of the batch in the running statistics; null: their plain average. Default 0.1. */
  readonly momentum?: number | null;
  /** Learns a scale and a shift for each channel. Default true. */
  readonly affine?: boolean;
  /** Keeps statistics for evaluation. Default true. */
  readonly trackRunningStats?: boolean;
}

const batchNormOptions = optionKinds<BatchNormLayerOptions>({
  epsilon: numberFrom(0, Infinity),
  momentum: orNull(numberFrom(0, 1)),
  affine: aBoolean,
  trackRunningStats: aBoolean,
  device: aDevice,
});

/**
 * Batch normalisation of [N, numFeatures, …]. torch.nn.BatchNorm1d, 2d, 3d. Properties that are in the
 * state dict have PyTorch's names.
 */
export class BatchNorm extends Module {
  readonly dims: number;
  readonly numFeatures: number;
  readonly epsilon: number;
  readonly momentum: number | null;
  weight: Parameter | null;
  bias: Parameter | null;
  running_mean: Buffer | null;
  running_var: Buffer | null;
  num_batches_tracked: Buffer | null;

  /** @throws ArgumentError for a count below 1 or other numbers out of range. */
  constructor(dims: number, numFeatures: number, options: BatchNormLayerOptions = {}) {
    super();
    checkOptions(`BatchNorm${dims}d`, options, batchNormOptions);
    const { device, affine = true, trackRunningStats = true, momentum = 0.1 } = options;
    this.dims = requireDims('BatchNorm', dims);
    this.numFeatures = requireCount(this.typeName, 'numFeatures', numFeatures);
    this.epsilon = options.epsilon ?? 1e-5;
    this.momentum = momentum;
    const shape = [numFeatures];
    this.weight = affine ? new Parameter(shape, constant(1), device) : null;
    this.bias = affine ? new Parameter(shape, constant(0), device) : null;
    const state = device === undefined ? {} : { device };
    this.running_mean = trackRunningStats ? new Buffer(shape, constant(0), state) : null;
    this.running_var = trackRunningStats ? new Buffer(shape, constant(1), state) : null;
    this.num_batches_tracked = trackRunningStats
      ? new Buffer([], (_, on) => zeros([], { device: on, dtype: 'int32' }), {
          ...state,
          dtype: 'int32',
          optional: true,
        })
      : null;
  }

  override forward(x: Tensor): Tensor {
    requireTensor('forward', x);
    if (
      (x.rank !== this.dims + 2 && !(this.dims === 1 && x.rank === 2)) ||
      x.shape[1] !== this.numFeatures
    ) {
      throw new ShapeError(
        `expected input [N, ${this.numFeatures}, …] with ${this.dims} spatial axes, got [${x.shape.join(', ')}]`,
      );
    }
    // A checkpoint sees the same batch twice; in training the output does not depend on what is kept.
    const again = this.training && recomputing();
    return batchNorm(
      x,
      {
        weight: this.weight,
        bias: this.bias,
        runningMean: again ? null : this.running_mean,
        runningVar: again ? null : this.running_var,
        batchesTracked: this.num_batches_tracked,
      },
      {
        training: this.training,
        momentum: this.momentum,
        epsilon: this.epsilon,
      },
    );
  }

  override get typeName(): string {
    return `BatchNorm${this.dims}d`;
  }

  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pythonValue(this.epsilon)}, momentum=${this.momentum ?? 'None'}, ` +
      `affine=${pythonValue(this.weight !== null)}, ` +
      `track_running_stats=${pythonValue(this.running_mean !== null)}`
    );
  }
}

/** Batch normalisation, for signals. */
export const BatchNorm1d: OfRank<typeof BatchNorm> = ofRank(1, BatchNorm);
export type BatchNorm1d = BatchNorm;

/** Batch normalisation, for images. */
export const BatchNorm2d: OfRank<typeof BatchNorm> = ofRank(2, BatchNorm);
export type BatchNorm2d = BatchNorm;

/** Batch normalisation, for volumes. */
export const BatchNorm3d: OfRank<typeof BatchNorm> = ofRank(3, BatchNorm);
export type BatchNorm3d = BatchNorm;
