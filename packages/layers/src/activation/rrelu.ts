import {
  aGenerator,
  checkOptions,
  optionKinds,
  requireSlopes,
  rrelu,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

import { pythonValue } from '../layer-support.ts';
import { Module } from '../module/module.ts';

/** Options of `RReLU`. */
export interface RReLUOptions {
  /** Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const rreluOptions = optionKinds<RReLUOptions>({ generator: aGenerator });

/**
 * x where positive, else x times a slope that is drawn from [lower, upper) for each element in training, and is their
 * mean in evaluation. torch.nn.RReLU.
 */
export class RReLU extends Module {
  readonly lower: number;
  readonly upper: number;
  readonly #generator: Generator | undefined;

  /** @throws ArgumentError for bounds that are not finite or lower > upper. */
  constructor(lower: number = 1 / 8, upper: number = 1 / 3, options: RReLUOptions = {}) {
    super();
    requireSlopes('RReLU', lower, upper);
    checkOptions('RReLU', options, rreluOptions);
    this.lower = lower;
    this.upper = upper;
    this.#generator = options.generator;
  }

  override forward(x: Tensor): Tensor {
    const generator = this.#generator;
    const options = { training: this.training, ...(generator && { generator }) };
    return rrelu(x, this.lower, this.upper, options);
  }

  override extraRepr(): string {
    return `lower=${pythonValue(this.lower)}, upper=${pythonValue(this.upper)}`;
  }
}
