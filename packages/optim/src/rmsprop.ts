import { add, assign, div, mul, scale, sqrt, square, sub, type Tensor } from '@convnet/tensor-core';

import { Optimizer, requireRange, type OptimizerOptions } from './optimizer.ts';

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the running square of the gradient. Default 0.99. */
  readonly alpha?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Divides by the deviation instead of the root mean square. Default false. */
  readonly centered?: boolean;
}

/** A running quantity becomes decay * itself + share * sample. */
function decayInto(running: Tensor, sample: Tensor, decay: number, share: number): void {
  assign(running, add(mul(running, decay), mul(sample, share)));
}

/** RMSprop, as torch.optim.RMSprop. Tieleman and Hinton, Coursera lecture 6.5, 2012. */
export class RMSprop extends Optimizer<RMSpropOptions> {
  protected override checkOptions(options: RMSpropOptions): void {
    checkRMSprop('RMSprop', options);
  }

  protected override update(parameter: Tensor, gradient: Tensor, options: RMSpropOptions): void {
    const { alpha = 0.99, epsilon = 1e-8, weightDecay = 0, momentum = 0 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const squares = this.stateOf(parameter, 'square');
    decayInto(squares, square(g), alpha, 1 - alpha);
    let spread = squares;
    if (options.centered === true) {
      const mean = this.stateOf(parameter, 'mean');
      decayInto(mean, g, alpha, 1 - alpha);
      spread = sub(squares, square(mean));
    }
    let direction = div(g, add(sqrt(spread), epsilon));
    if (momentum > 0) {
      const velocity = this.stateOf(parameter, 'momentum');
      decayInto(velocity, direction, momentum, 1);
      direction = velocity;
    }
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    assign(parameter, sub(parameter, scale(direction, rate)));
  }
}

/**
 * RMSprop as TensorFlow computes it, which MobileNet, EfficientNet and MnasNet were trained with: epsilon
 * under the root, squares that start at one, and the learning rate inside the momentum.
 */
export class RMSpropTF extends Optimizer<RMSpropOptions> {
  protected override checkOptions(options: RMSpropOptions): void {
    checkRMSprop('RMSpropTF', options);
  }

  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    options: RMSpropOptions,
    step: number,
  ): void {
    const { alpha = 0.9, epsilon = 1e-10, weightDecay = 0, momentum = 0 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const squares = this.stateOf(parameter, 'square');
    if (step === 1) assign(squares, add(squares, 1));
    decayInto(squares, square(g), alpha, 1 - alpha);
    let spread = squares;
    if (options.centered === true) {
      const mean = this.stateOf(parameter, 'mean');
      decayInto(mean, g, alpha, 1 - alpha);
      spread = sub(squares, square(mean));
    }
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    let change = scale(div(g, sqrt(add(spread, epsilon))), rate);
    if (momentum > 0) {
      const velocity = this.stateOf(parameter, 'momentum');
      decayInto(velocity, change, momentum, 1);
      change = velocity;
    }
    assign(parameter, sub(parameter, change));
  }
}

function checkRMSprop(name: string, options: RMSpropOptions): void {
  const { learningRate, alpha = 0.9, epsilon = 0, weightDecay = 0, momentum = 0 } = options;
  requireRange(name, 'learningRate', learningRate, 0);
  requireRange(name, 'alpha', alpha, 0, 1);
  requireRange(name, 'epsilon', epsilon, 0);
  requireRange(name, 'weightDecay', weightDecay, 0);
  requireRange(name, 'momentum', momentum, 0);
}
