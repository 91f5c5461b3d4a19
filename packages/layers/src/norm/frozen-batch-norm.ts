import {
  batchNorm,
  checkOptions,
  aDevice,
  numberFrom,
  optionKinds,
  requireTensor,
  ShapeError,
  type Tensor,
} from '@convnet/tensor-core';

import { constant } from '../init/init.ts';
import { pythonValue, requireCount, requireDims } from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Buffer } from '../module/parameter.ts';

export interface FrozenBatchNormOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

const frozenBatchNormOptions = optionKinds<FrozenBatchNormOptions>({
  epsilon: numberFrom(0, Infinity),
  device: aDevice,
});

/**
 * Batch normalisation of [N, numFeatures, …] whose statistics and weights stay as they were loaded, in training too: all
 * four are buffers. For detectors, which are fine-tuned with batches too small for statistics of their own.
 * torchvision.ops.FrozenBatchNorm2d.
 */
export class FrozenBatchNorm extends Module {
  readonly dims: number;
  readonly numFeatures: number;
  readonly epsilon: number;
  weight: Buffer;
  bias: Buffer;
  running_mean: Buffer;
  running_var: Buffer;

  /** @throws ArgumentError for a count below 1 or other numbers out of range. */
  constructor(dims: number, numFeatures: number, options: FrozenBatchNormOptions = {}) {
    super();
    checkOptions(`FrozenBatchNorm${dims}d`, options, frozenBatchNormOptions);
    const { device, epsilon = 1e-5 } = options;
    this.dims = requireDims('FrozenBatchNorm', dims);
    this.numFeatures = requireCount(this.typeName, 'numFeatures', numFeatures);
    this.epsilon = epsilon;
    const state = device === undefined ? {} : { device };
    const buffer = (value: number): Buffer => new Buffer([numFeatures], constant(value), state);
    this.weight = buffer(1);
    this.bias = buffer(0);
    this.running_mean = buffer(0);
    this.running_var = buffer(1);
  }

  override forward(x: Tensor): Tensor {
    requireTensor('forward', x);
    if (x.rank !== this.dims + 2 || x.shape[1] !== this.numFeatures) {
      throw new ShapeError(
        `expected input [N, ${this.numFeatures}, …] with ${this.dims} spatial axes, got [${x.shape.join(', ')}]`,
      );
    }
    const { weight, bias, running_mean: runningMean, running_var: runningVar, epsilon } = this;
    return batchNorm(x, { weight, bias, runningMean, runningVar }, { training: false, epsilon });
  }

  override get typeName(): string {
    return `FrozenBatchNorm${this.dims}d`;
  }

  override extraRepr(): string {
    return `${this.numFeatures}, eps=${pythonValue(this.epsilon)}`;
  }
}
