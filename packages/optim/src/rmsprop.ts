import {
  aBoolean,
  add,
  assign,
  div,
  mul,
  numberFrom,
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

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the running square of the gradient. Default 0.99; of RMSpropTF 0.9. */
  readonly alpha?: number;
  /** Default 1e-8; of RMSpropTF 1e-10. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Divides by the deviation instead of the root mean square. Default false. */
  readonly centered?: boolean;
}

const kinds = optionKinds<RMSpropOptions>({
  learningRate: fromZero,
  alpha: numberFrom(0, 1),
  epsilon: fromZero,
  weightDecay: fromZero,
  momentum: fromZero,
  centered: aBoolean,
});

/** New values by the tensors that become them, written at the end, when nothing needs memory any more. */
type Writes = Map<Tensor, Tensor>;

/** A running quantity becomes decay * itself + share * sample. Returns what it becomes. */
function decay(
  writes: Writes,
  running: Tensor,
  sample: Tensor,
  factor: number,
  share: number,
): Tensor {
  const next = add(mul(running, factor), mul(sample, share));
  writes.set(running, next);
  return next;
}

function write(writes: Writes): void {
  for (const [target, value] of writes) assign(target, value);
}

/** RMSprop, as torch.optim.RMSprop. Tieleman and Hinton, Coursera lecture 6.5, 2012. */
export class RMSprop extends Optimizer<RMSpropOptions> {
  protected override readonly isReplayable = true;

  protected override firstDiffers(): boolean {
    return false;
  }

  override get typeName(): string {
    return 'RMSprop';
  }

  constructor(parameters: ParameterSource<RMSpropOptions>, options: RMSpropOptions) {
    super(parameters, options, kinds);
  }

  protected override prepare(parameter: Tensor, options: RMSpropOptions): void {
    this.stateOf(parameter, 'square_avg');
    if (options.centered === true) this.stateOf(parameter, 'grad_avg');
    if ((options.momentum ?? 0) > 0) this.stateOf(parameter, 'momentum_buffer');
  }

  protected override update(parameter: Tensor, gradient: Tensor, options: RMSpropOptions): void {
    const { alpha = 0.99, epsilon = 1e-8, weightDecay = 0, momentum = 0 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const writes: Writes = new Map();
    let spread = decay(writes, this.stateOf(parameter, 'square_avg'), square(g), alpha, 1 - alpha);
    if (options.centered === true) {
      const mean = decay(writes, this.stateOf(parameter, 'grad_avg'), g, alpha, 1 - alpha);
      spread = sub(spread, square(mean));
    }
    let direction = div(g, add(sqrt(spread), epsilon));
    if (momentum > 0) {
      direction = decay(writes, this.stateOf(parameter, 'momentum_buffer'), direction, momentum, 1);
    }
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    writes.set(parameter, sub(parameter, scale(direction, rate)));
    write(writes);
  }
}

/**
 * RMSprop as TensorFlow computes it, which MobileNet, EfficientNet and MnasNet were trained with: epsilon
 * under the root, squares that start at one, and the learning rate inside the momentum.
 */
export class RMSpropTF extends Optimizer<RMSpropOptions> {
  protected override readonly isReplayable = true;

  protected override firstDiffers(): boolean {
    return false;
  }

  override get typeName(): string {
    return 'RMSpropTF';
  }

  constructor(parameters: ParameterSource<RMSpropOptions>, options: RMSpropOptions) {
    super(parameters, options, kinds);
  }

  protected override prepare(parameter: Tensor, options: RMSpropOptions): void {
    this.stateOf(parameter, 'square_avg', 1);
    if (options.centered === true) this.stateOf(parameter, 'grad_avg');
    if ((options.momentum ?? 0) > 0) this.stateOf(parameter, 'momentum_buffer');
  }

  protected override update(parameter: Tensor, gradient: Tensor, options: RMSpropOptions): void {
    const { alpha = 0.9, epsilon = 1e-10, weightDecay = 0, momentum = 0 } = options;
    const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    const writes: Writes = new Map();
    let spread = decay(writes, this.stateOf(parameter, 'square_avg'), square(g), alpha, 1 - alpha);
    if (options.centered === true) {
      const mean = decay(writes, this.stateOf(parameter, 'grad_avg'), g, alpha, 1 - alpha);
      spread = sub(spread, square(mean));
    }
    const rate = this.scalar(parameter, ({ learningRate }) => learningRate);
    let change = scale(div(g, sqrt(add(spread, epsilon))), rate);
    if (momentum > 0) {
      change = decay(writes, this.stateOf(parameter, 'momentum_buffer'), change, momentum, 1);
    }
    writes.set(parameter, sub(parameter, change));
    write(writes);
  }
}
