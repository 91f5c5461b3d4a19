import {
  aBoolean,
  aDevice,
  checkOptions,
  instanceNorm,
  optionKinds,
  zeros,
  type Tensor,
  numberFrom,
} from '@convnet/tensor-core';

import { constant } from '../init/init.ts';
import {
  pythonFloat,
  pythonValue,
  requireCount,
  requireRank,
  requireDims,
} from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Buffer, Parameter } from '../module/parameter.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

export interface InstanceNormLayerOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Share of the batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Learns a scale and a shift for each channel. Default false. */
  readonly affine?: boolean;
  /** Keeps statistics for evaluation. Default false. */
  readonly trackRunningStats?: boolean;
}

const instanceNormOptions = optionKinds<InstanceNormLayerOptions>({
  epsilon: numberFrom(0, Infinity),
  momentum: numberFrom(0, 1),
  affine: aBoolean,
  trackRunningStats: aBoolean,
  device: aDevice,
});

/**
 * Normalises each channel of each sample of [N, numFeatures, …] over its positions. torch.nn.InstanceNorm1d,
 * 2d, 3d; as there, `num_batches_tracked` is kept for the state dict but not counted.
 */
export class InstanceNorm extends Module {
  readonly dims: number;
  readonly numFeatures: number;
  readonly epsilon: number;
  readonly momentum: number;
  weight: Parameter | null;
  bias: Parameter | null;
  running_mean: Buffer | null;
  running_var: Buffer | null;
  num_batches_tracked: Buffer | null;

  /** @throws ArgumentError for counts below 1 or other numbers out of range. */
  constructor(dims: number, numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super();
    checkOptions(`InstanceNorm${dims}d`, options, instanceNormOptions);
    const { affine = false, device, epsilon = 1e-5, momentum = 0.1 } = options;
    const tracks = options.trackRunningStats === true;
    this.dims = requireDims('InstanceNorm', dims);
    this.numFeatures = requireCount(this.typeName, 'numFeatures', numFeatures);
    this.epsilon = epsilon;
    this.momentum = momentum;
    const shape = [numFeatures];
    const state = device === undefined ? {} : { device };
    this.weight = affine ? new Parameter(shape, constant(1), device) : null;
    this.bias = affine ? new Parameter(shape, constant(0), device) : null;
    this.running_mean = tracks ? new Buffer(shape, constant(0), state) : null;
    this.running_var = tracks ? new Buffer(shape, constant(1), state) : null;
    this.num_batches_tracked = tracks
      ? new Buffer([], (_, on) => zeros([], { device: on, dtype: 'int32' }), {
          ...state,
          dtype: 'int32',
          optional: true,
        })
      : null;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims, this.numFeatures);
    return instanceNorm(
      x,
      {
        weight: this.weight,
        bias: this.bias,
        runningMean: this.running_mean,
        runningVar: this.running_var,
      },
      {
        useInputStats: this.training || this.running_mean === null,
        momentum: this.momentum,
        epsilon: this.epsilon,
      },
    );
  }

  override get typeName(): string {
    return `InstanceNorm${this.dims}d`;
  }

  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pythonValue(this.epsilon)}, momentum=${pythonFloat(this.momentum)}, ` +
      `affine=${pythonValue(this.weight !== null)}, ` +
      `track_running_stats=${pythonValue(this.running_mean !== null)}`
    );
  }
}

/** Instance normalisation, for signals. */
export const InstanceNorm1d: OfRank<typeof InstanceNorm> = ofRank(1, InstanceNorm);
export type InstanceNorm1d = InstanceNorm;

/** Instance normalisation, for images. */
export const InstanceNorm2d: OfRank<typeof InstanceNorm> = ofRank(2, InstanceNorm);
export type InstanceNorm2d = InstanceNorm;

/** Instance normalisation, for volumes. */
export const InstanceNorm3d: OfRank<typeof InstanceNorm> = ofRank(3, InstanceNorm);
export type InstanceNorm3d = InstanceNorm;
