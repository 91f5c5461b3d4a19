import {
  add,
  assign,
  div,
  gt,
  logicalAnd,
  mul,
  optionKinds,
  scale,
  sqrt,
  square,
  sub,
  sum,
  where,
  type Tensor,
} from '@convnet/tensor-core';

import { fromZero, someBetas } from './check.ts';
import { Optimizer } from './optimizer.ts';
import type { OptimizerOptions, ParameterSource } from './parameter-groups.ts';

export interface LAMBOptions extends OptimizerOptions {
  /** Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-6. */
  readonly epsilon?: number;
  /** Default 0.01. */
  readonly weightDecay?: number;
}

const kinds = optionKinds<LAMBOptions>({
  learningRate: fromZero,
  betas: someBetas,
  epsilon: fromZero,
  weightDecay: fromZero,
});

/**
 * Adam whose step in each parameter is as long as the parameter, times the learning rate. You et al., "Large
 * Batch Optimization for Deep Learning", ICLR 2020, algorithm 2, with the identity as φ.
 */
export class LAMB extends Optimizer<LAMBOptions> {
  protected override readonly isReplayable = true;

  protected override firstDiffers(): boolean {
    return false;
  }

  override get typeName(): string {
    return 'LAMB';
  }

  constructor(parameters: ParameterSource<LAMBOptions>, options: LAMBOptions) {
    super(parameters, options, kinds);
  }

  protected override prepare(parameter: Tensor): void {
    this.stateOf(parameter, 'exp_avg');
    this.stateOf(parameter, 'exp_avg_sq');
  }

  protected override update(parameter: Tensor, gradient: Tensor, options: LAMBOptions): void {
    const { betas = [0.9, 0.999], epsilon = 1e-6, weightDecay = 0.01 } = options;
    const [beta1, beta2] = betas;
    const lastMean = this.stateOf(parameter, 'exp_avg');
    const lastSquares = this.stateOf(parameter, 'exp_avg_sq');
    const mean = add(mul(lastMean, beta1), mul(gradient, 1 - beta1));
    const squares = add(mul(lastSquares, beta2), mul(square(gradient), 1 - beta2));
    const correction1 = this.scalar(parameter, (_, step) => 1 / (1 - beta1 ** step));
    const correction2 = this.scalar(parameter, (_, step) => 1 / (1 - beta2 ** step));
    const unbiasedMean = scale(mean, correction1);
    const unbiasedSquare = scale(squares, correction2);
    const direction = add(
      div(unbiasedMean, add(sqrt(unbiasedSquare), epsilon)),
      mul(parameter, weightDecay),
    );
    const parameterNorm = sqrt(sum(square(parameter)));
    const directionNorm = sqrt(sum(square(direction)));
    const bothPositive = logicalAnd(gt(parameterNorm, 0), gt(directionNorm, 0));
    const trust = where(bothPositive, div(parameterNorm, directionNorm), 1);
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    const next = sub(parameter, scale(mul(direction, trust), rate));
    assign(lastMean, mean);
    assign(lastSquares, squares);
    assign(parameter, next);
  }
}
