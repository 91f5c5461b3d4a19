import {
  aBoolean,
  aFiniteNumber,
  ArgumentError,
  optionKinds,
  sgdSteps,
  type Tensor,
} from '@convnet/tensor-core';

import { fromZero } from './check.ts';
import { Optimizer } from './optimizer.ts';
import type { OptimizerOptions, ParameterSource } from './parameter-groups.ts';

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Default 0. */
  readonly dampening?: number;
  /** Added to the gradient as a multiple of the weights. Default 0. */
  readonly weightDecay?: number;
  /** Default false. */
  readonly nesterov?: boolean;
  /** Ascends instead of descending. Default false. */
  readonly maximize?: boolean;
}

const kinds = optionKinds<SGDOptions>({
  learningRate: fromZero,
  momentum: fromZero,
  dampening: aFiniteNumber,
  weightDecay: fromZero,
  nesterov: aBoolean,
  maximize: aBoolean,
});

/** Stochastic gradient descent, as torch.optim.SGD. */
export class SGD extends Optimizer<SGDOptions> {
  protected override readonly isReplayable = true;

  override get typeName(): string {
    return 'SGD';
  }

  constructor(parameters: ParameterSource<SGDOptions>, options: SGDOptions) {
    super(parameters, options, kinds);
  }

  protected override checkOptions(options: SGDOptions): void {
    const { momentum = 0, dampening = 0, nesterov = false } = options;
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError('SGD: Nesterov momentum needs a momentum and no dampening');
    }
  }

  protected override prepare(parameter: Tensor, { momentum = 0 }: SGDOptions): void {
    if (momentum !== 0) this.stateOf(parameter, 'momentum_buffer');
  }

  protected override update(
    parameter: Tensor,
    _gradient: Tensor,
    options: SGDOptions,
    step: number,
  ): void {
    this.updateAll([parameter], options, step);
  }

  protected override updateAll(
    parameters: readonly Tensor[],
    options: SGDOptions,
    step: number,
  ): void {
    const { momentum = 0, dampening = 0, weightDecay = 0 } = options;
    const updates = parameters.map((parameter) => ({
      parameter,
      gradient: parameter.grad!,
      momentum: momentum === 0 ? null : this.stateOf(parameter, 'momentum_buffer'),
    }));
    const attributes = {
      momentum,
      dampening,
      weightDecay,
      nesterov: options.nesterov ?? false,
      maximize: options.maximize ?? false,
      first: step === 1 && this.firstDiffers(options),
    };
    sgdSteps(updates, attributes, this.scalar(parameters[0]!, rateOf));
  }

  /** The buffer holds zeros before: that the first gradient is copied there shows where it would be damped. */
  protected override firstDiffers({ momentum = 0, dampening = 0 }: SGDOptions): boolean {
    return momentum !== 0 && dampening !== 0;
  }
}

const rateOf = ({ learningRate }: SGDOptions): number => learningRate;
