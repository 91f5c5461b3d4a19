import {
  add,
  assign,
  div,
  mul,
  optionKinds,
  scale,
  sqrt,
  square,
  sub,
  type Tensor,
} from '@convnet/tensor-core';

import { fromZero } from './check.ts';
import { Optimizer } from './optimizer.ts';
import type { OptimizerOptions, ParameterSource } from './parameter-groups.ts';

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

const kinds = optionKinds<AdagradOptions>({
  learningRate: fromZero,
  learningRateDecay: fromZero,
  weightDecay: fromZero,
  initialAccumulator: fromZero,
  epsilon: fromZero,
});

/** Adagrad, as torch.optim.Adagrad. Duchi et al., "Adaptive Subgradient Methods", JMLR 2011. */
export class Adagrad extends Optimizer<AdagradOptions> {
  protected override readonly isReplayable = true;

  protected override firstDiffers(): boolean {
    return false;
  }

  override get typeName(): string {
    return 'Adagrad';
  }

  constructor(parameters: ParameterSource<AdagradOptions>, options: AdagradOptions) {
    super(parameters, options, kinds);
  }

  protected override prepare(parameter: Tensor, options: AdagradOptions): void {
    this.stateOf(parameter, 'sum', options.initialAccumulator);
  }

  protected override update(parameter: Tensor, gradient: Tensor, options: AdagradOptions): void {
    const { learningRateDecay = 0, weightDecay = 0, epsilon = 1e-10 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const lastSquares = this.stateOf(parameter, 'sum', options.initialAccumulator);
    const squares = add(lastSquares, square(g));
    const rate = this.scalar(
      parameter,
      ({ learningRate }, step) => learningRate / (1 + (step - 1) * learningRateDecay),
    );
    const next = sub(parameter, scale(div(g, add(sqrt(squares), epsilon)), rate));
    assign(lastSquares, squares);
    assign(parameter, next);
  }
}
