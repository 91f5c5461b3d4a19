import {
  aDevice,
  aFiniteNumber,
  aNumber,
  ArgumentError,
  celu,
  checkOptions,
  elu,
  gelu,
  hardtanh,
  leakyRelu,
  oneOf,
  optionKinds,
  prelu,
  requireKind,
  softplus,
  type Tensor,
} from '@convnet/tensor-core';

import { constant } from '../init/init.ts';
import { pythonFloat, requireCount } from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** Activation functions with options. */

/** x where positive, else `negativeSlope` x. torch.nn.LeakyReLU. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    super();
    requireKind('LeakyReLU', 'negativeSlope', negativeSlope, aFiniteNumber);
    this.negativeSlope = negativeSlope;
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope);
  }

  override extraRepr(): string {
    return `negative_slope=${pythonFloat(this.negativeSlope)}`;
  }
}

export interface PReLUOptions extends LayerOptions {
  /** First value of the slopes. Default 0.25. */
  readonly init?: number;
}

const preluOptions = optionKinds<PReLUOptions>({ init: aFiniteNumber, device: aDevice });

/** x where positive, else a learned slope times x: one slope, or one for each channel. torch.nn.PReLU. */
export class PReLU extends Module {
  readonly numParameters: number;
  weight: Parameter;

  /** @throws ArgumentError for a count below 1. */
  constructor(numParameters = 1, options: PReLUOptions = {}) {
    super();
    checkOptions('PReLU', options, preluOptions);
    this.numParameters = requireCount('PReLU', 'numParameters', numParameters);
    this.weight = new Parameter([numParameters], constant(options.init ?? 0.25), options.device);
  }

  override forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

/** x where positive, else alpha (exp(x) - 1). torch.nn.ELU. */
export class ELU extends Module {
  readonly alpha: number;

  constructor(alpha = 1) {
    super();
    requireKind('ELU', 'alpha', alpha, aFiniteNumber);
    this.alpha = alpha;
  }

  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/** x where positive, else alpha (exp(x / alpha) - 1). torch.nn.CELU. */
export class CELU extends Module {
  readonly alpha: number;

  /** @throws ArgumentError for an alpha that is 0 or not finite. */
  constructor(alpha = 1) {
    super();
    requireKind('CELU', 'alpha', alpha, aFiniteNumber);
    if (alpha === 0) throw new ArgumentError('CELU: expected an alpha other than 0, got 0');
    this.alpha = alpha;
  }

  override forward(x: Tensor): Tensor {
    return celu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/** x, limited to [min, max]. torch.nn.Hardtanh. */
export class Hardtanh extends Module {
  readonly min: number;
  readonly max: number;

  constructor(min = -1, max = 1) {
    super();
    requireKind('Hardtanh', 'min', min, aNumber);
    requireKind('Hardtanh', 'max', max, aNumber);
    this.min = min;
    this.max = max;
  }

  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.min, this.max);
  }

  override extraRepr(): string {
    return `min_val=${pythonFloat(this.min)}, max_val=${pythonFloat(this.max)}`;
  }
}

/** x Φ(x) with the normal distribution function Φ, or its tanh approximation. torch.nn.GELU. */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  constructor(approximate: 'none' | 'tanh' = 'none') {
    super();
    requireKind('GELU', 'approximate', approximate, oneOf('none', 'tanh'));
    this.approximate = approximate;
  }

  override forward(x: Tensor): Tensor {
    return gelu(x, this.approximate);
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`. torch.nn.Softplus. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(beta = 1, threshold = 20) {
    super();
    requireKind('Softplus', 'beta', beta, aFiniteNumber);
    requireKind('Softplus', 'threshold', threshold, aFiniteNumber);
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}
