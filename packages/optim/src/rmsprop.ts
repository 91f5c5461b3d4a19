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

/** What each tensor becomes. Written together: what fails for want of memory has changed nothing. */
class Changes {
  readonly #next = new Map<Tensor, Tensor>();

  /** A tensor becomes `value`. */
  set(target: Tensor, value: Tensor): Tensor {
    this.#next.set(target, value);
    return value;
  }

  /** A running quantity becomes decay * itself + share * sample. */
  decay(running: Tensor, sample: Tensor, decay: number, share: number): Tensor {
    const before = this.#next.get(running) ?? running;
    return this.set(running, add(mul(before, decay), mul(sample, share)));
  }

  write(): void {
    for (const [target, value] of this.#next) assign(target, value);
  }
}

/** RMSprop, as torch.optim.RMSprop. Tieleman and Hinton, Coursera lecture 6.5, 2012. */
export class RMSprop extends Optimizer<RMSpropOptions> {
  protected override checkOptions(options: RMSpropOptions): void {
    checkRMSprop('RMSprop', options);
  }

  protected override update(parameter: Tensor, gradient: Tensor, options: RMSpropOptions): void {
    const { alpha = 0.99, epsilon = 1e-8, weightDecay = 0, momentum = 0 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const changes = new Changes();
    const squares = changes.decay(this.stateOf(parameter, 'square'), square(g), alpha, 1 - alpha);
    let spread = squares;
    if (options.centered === true) {
      const mean = changes.decay(this.stateOf(parameter, 'mean'), g, alpha, 1 - alpha);
      spread = sub(squares, square(mean));
    }
    let direction = div(g, add(sqrt(spread), epsilon));
    if (momentum > 0) {
      direction = changes.decay(this.stateOf(parameter, 'momentum'), direction, momentum, 1);
    }
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    changes.set(parameter, sub(parameter, scale(direction, rate)));
    changes.write();
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
    const changes = new Changes();
    const running = this.stateOf(parameter, 'square');
    if (step === 1) changes.set(running, add(running, 1));
    const squares = changes.decay(running, square(g), alpha, 1 - alpha);
    let spread = squares;
    if (options.centered === true) {
      const mean = changes.decay(this.stateOf(parameter, 'mean'), g, alpha, 1 - alpha);
      spread = sub(squares, square(mean));
    }
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    let change = scale(div(g, sqrt(add(spread, epsilon))), rate);
    if (momentum > 0) {
      change = changes.decay(this.stateOf(parameter, 'momentum'), change, momentum, 1);
    }
    changes.set(parameter, sub(parameter, change));
    changes.write();
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
