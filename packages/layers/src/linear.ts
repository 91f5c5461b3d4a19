import {
  aBoolean,
  aDevice,
  checkOptions,
  linear,
  optionKinds,
  type Tensor,
} from '@convnet/tensor-core';

import { inverseRootUniform } from './init/init.ts';
import { pythonValue, requireCount } from './layer-support.ts';
import { Module, type LayerOptions } from './module/module.ts';
import { Parameter } from './module/parameter.ts';

export interface LinearOptions extends LayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

const linearOptions = optionKinds<LinearOptions>({ bias: aBoolean, device: aDevice });

/** x Wᵀ + bias: [..., inFeatures] -> [..., outFeatures]. torch.nn.Linear. */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  /** @throws ArgumentError for counts below 1. */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkOptions('Linear', options, linearOptions);
    this.inFeatures = requireCount('Linear', 'inFeatures', inFeatures);
    this.outFeatures = requireCount('Linear', 'outFeatures', outFeatures);
    const initialize = inverseRootUniform(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], initialize, options.device);
    this.bias =
      options.bias === false ? null : new Parameter([outFeatures], initialize, options.device);
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${pythonValue(this.bias !== null)}`;
  }
}
