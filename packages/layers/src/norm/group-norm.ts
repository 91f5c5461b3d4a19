import {
  aBoolean,
  aDevice,
  ArgumentError,
  checkOptions,
  groupNorm,
  optionKinds,
  type Tensor,
  numberFrom,
} from '@convnet/tensor-core';

import { constant } from '../init/init.ts';
import { pythonValue, requireCount } from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

export interface GroupNormLayerOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Learns a scale and a shift for each channel. Default true. */
  readonly affine?: boolean;
}

const groupNormOptions = optionKinds<GroupNormLayerOptions>({
  epsilon: numberFrom(0, Infinity),
  affine: aBoolean,
  device: aDevice,
});

/** Normalises [N, numChannels, …] in groups of channels, each sample by itself. torch.nn.GroupNorm. */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly epsilon: number;
  weight: Parameter | null;
  bias: Parameter | null;

  /** @throws ArgumentError for counts below 1 or groups that do not divide the channels. */
  constructor(numGroups: number, numChannels: number, options: GroupNormLayerOptions = {}) {
    super();
    checkOptions('GroupNorm', options, groupNormOptions);
    const { affine = true, device, epsilon = 1e-5 } = options;
    this.numGroups = requireCount('GroupNorm', 'numGroups', numGroups);
    this.numChannels = requireCount('GroupNorm', 'numChannels', numChannels);
    if (numChannels % numGroups !== 0) {
      throw new ArgumentError(
        `GroupNorm: ${numChannels} channels do not divide into ${numGroups} groups`,
      );
    }
    this.epsilon = epsilon;
    this.weight = affine ? new Parameter([numChannels], constant(1), device) : null;
    this.bias = affine ? new Parameter([numChannels], constant(0), device) : null;
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, epsilon } = this;
    return groupNorm(x, this.numGroups, { weight, bias, epsilon });
  }

  override extraRepr(): string {
    return (
      `${this.numGroups}, ${this.numChannels}, eps=${pythonValue(this.epsilon)}, ` +
      `affine=${pythonValue(this.weight !== null)}`
    );
  }
}
