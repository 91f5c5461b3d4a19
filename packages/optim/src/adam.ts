import {
  aBoolean,
  adamNumbers,
  adamSteps,
  add,
  assign,
  div,
  maximum,
  mul,
  neg,
  optionKinds,
  scale,
  sqrt,
  square,
  sub,
  type AdamNumbers,
  type AdamScalars,
  type StepScalar,
  type Tensor,
} from '@convnet/tensor-core';

import { fromZero, optionsOf, someBetas } from './check.ts';
import { Optimizer } from './optimizer.ts';
import type { OptimizerOptions, ParameterSource } from './parameter-groups.ts';

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate: number;
  /** Decay of the running mean and of the running square of the gradient. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0 for Adam, 0.01 for AdamW. */
  readonly weightDecay?: number;
  /** Ascends instead of descending. Default false. */
  readonly maximize?: boolean;
  /**
   * Divides by the root of the greatest running square so far. Reddi et al., "On the Convergence of Adam and Beyond",
   * ICLR 2018. Default false.
   */
  readonly amsgrad?: boolean;
}

const kinds = optionKinds<AdamOptions>({
  learningRate: fromZero,
  betas: someBetas,
  epsilon: fromZero,
  weightDecay: fromZero,
  maximize: aBoolean,
  amsgrad: aBoolean,
});

/** Adam with weight decay in the gradient or, decoupled, on the weights. */
abstract class AdamBase extends Optimizer<AdamOptions> {
  protected override readonly isReplayable = true;
  protected abstract readonly decoupled: boolean;

  constructor(
    parameters: ParameterSource<AdamOptions>,
    options: Partial<AdamOptions>,
    defaults: AdamOptions,
  ) {
    super(
      parameters,
      { ...defaults, ...optionsOf<Partial<AdamOptions>>(new.target.name, options, kinds) },
      kinds,
    );
  }

  protected override prepare(parameter: Tensor, { amsgrad = false }: AdamOptions): void {
    this.stateOf(parameter, 'exp_avg');
    this.stateOf(parameter, 'exp_avg_sq');
    if (amsgrad) this.stateOf(parameter, 'max_exp_avg_sq');
  }

  /** A step of AMSGrad. It is made of operations that every device has, where Adam's is one kernel. */
  protected override update(parameter: Tensor, gradient: Tensor, options: AdamOptions): void {
    const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, maximize = false } = options;
    const [beta1, beta2] = betas;
    const lastMean = this.stateOf(parameter, 'exp_avg');
    const lastSquare = this.stateOf(parameter, 'exp_avg_sq');
    const lastGreatest = this.stateOf(parameter, 'max_exp_avg_sq');
    const numberOf = (
      name: keyof AdamNumbers,
    ): ((options: AdamOptions, step: number) => number) => {
      const decays = { beta1, beta2, weightDecay };
      return ({ learningRate }, step) => adamNumbers(decays, learningRate, step)[name];
    };
    const stepSize = this.scalar(parameter, numberOf('stepSize'));
    const keeps = this.scalar(parameter, numberOf('kept'));
    const root = numberOf('rootCorrection');
    const overRoot = this.scalar(parameter, (now, step) => 1 / root(now, step));
    const ascending = maximize ? neg(gradient) : gradient;
    const isDecayed = weightDecay !== 0;
    const slope =
      isDecayed && !this.decoupled ? add(ascending, mul(parameter, weightDecay)) : ascending;
    const mean = add(mul(lastMean, beta1), mul(slope, 1 - beta1));
    const squares = add(mul(lastSquare, beta2), mul(square(slope), 1 - beta2));
    const greatest = maximum(lastGreatest, squares);
    const size = add(scale(sqrt(greatest), overRoot), epsilon);
    const kept = isDecayed && this.decoupled ? scale(parameter, keeps) : parameter;
    const next = sub(kept, div(scale(mean, stepSize), size));
    assign(lastMean, mean);
    assign(lastSquare, squares);
    assign(lastGreatest, greatest);
    assign(parameter, next);
  }

  protected override firstDiffers(): boolean {
    return false;
  }

  protected override updateAll(
    parameters: readonly Tensor[],
    options: AdamOptions,
    step: number,
  ): void {
    if (options.amsgrad === true) {
      super.updateAll(parameters, options, step);
      return;
    }
    const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, maximize = false } = options;
    const [beta1, beta2] = betas;
    const { decoupled } = this;
    const attributes = { beta1, beta2, epsilon, weightDecay, decoupled, maximize };
    const number = (name: keyof AdamScalars): StepScalar =>
      this.scalar(
        parameters[0]!,
        ({ learningRate }, step) => adamNumbers(attributes, learningRate, step)[name],
      );
    const updates = parameters.map((parameter) => ({
      parameter,
      gradient: parameter.grad!,
      mean: this.stateOf(parameter, 'exp_avg'),
      square: this.stateOf(parameter, 'exp_avg_sq'),
    }));
    adamSteps(updates, attributes, {
      stepSize: number('stepSize'),
      rootCorrection: number('rootCorrection'),
      kept: number('kept'),
    });
  }
}

/** Adam, as torch.optim.Adam. Kingma and Ba, "Adam", ICLR 2015. */
export class Adam extends AdamBase {
  protected override readonly decoupled = false;

  override get typeName(): string {
    return 'Adam';
  }

  constructor(parameters: ParameterSource<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(parameters, options, { learningRate: 0.001 });
  }
}

/** Adam with decoupled weight decay, as torch.optim.AdamW. Loshchilov and Hutter, ICLR 2019. */
export class AdamW extends AdamBase {
  protected override readonly decoupled = true;

  override get typeName(): string {
    return 'AdamW';
  }

  constructor(parameters: ParameterSource<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(parameters, options, { learningRate: 0.001, weightDecay: 0.01 });
  }
}
