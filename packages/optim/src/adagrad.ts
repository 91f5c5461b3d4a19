import { add, assign, div, mul, scale, sqrt, square, sub, type Tensor } from '@convnet/tensor-core';

import { Optimizer, requireRange, type OptimizerOptions } from './optimizer.ts';

export interface AdagradOptions extends OptimizerOptions {
  /** The rate is divided by 1 + (step - 1) of this. Default 0. */
  readonly learningRateDecay?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Sum of squares before the first step. Default 0. */
  readonly initialAccumulator?: number;
  /** Default 1e-10. */
  readonly epsilon?: number;
}

/** Adagrad, as torch.optim.Adagrad. Duchi et al., "Adaptive Subgradient Methods", JMLR 2011. */
export class Adagrad extends Optimizer<AdagradOptions> {
  protected override checkOptions(options: AdagradOptions): void {
    requireRange('Adagrad', 'learningRate', options.learningRate, 0);
    requireRange('Adagrad', 'learningRateDecay', options.learningRateDecay ?? 0, 0);
    requireRange('Adagrad', 'weightDecay', options.weightDecay ?? 0, 0);
    requireRange('Adagrad', 'initialAccumulator', options.initialAccumulator ?? 0, 0);
    requireRange('Adagrad', 'epsilon', options.epsilon ?? 0, 0);
  }

  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    options: AdagradOptions,
    step: number,
  ): void {
    const { learningRateDecay = 0, weightDecay = 0, epsilon = 1e-10 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const squaresBefore = this.stateOf(parameter, 'sum');
    const start = step === 1 ? add(squaresBefore, options.initialAccumulator ?? 0) : squaresBefore;
    const squares = add(start, square(g));
    const rate = this.scalar(
      parameter,
      ({ learningRate }, count) => learningRate / (1 + (count - 1) * learningRateDecay),
    );
    const next = sub(parameter, scale(div(g, add(sqrt(squares), epsilon)), rate));
    // Written together: what fails for want of memory has changed nothing.
    assign(squaresBefore, squares);
    assign(parameter, next);
  }
}
