import {
  ArgumentError,
  assign,
  blend,
  clone,
  isFloating,
  keep,
  type Tensor,
} from '@convnet/tensor-core';

/**
 * Exponential moving average of a model's parameters and buffers, often better than the weights
 * themselves. torch.optim.swa_utils.AveragedModel with an exponential rule.
 *
 *     const average = new ExponentialMovingAverage(model.stateDict().values(), { decay: 0.999 });
 *     // after every step: average.update();
 *     await average.with(() => evaluate(model, test));
 */
export class ExponentialMovingAverage {
  readonly #pairs: readonly (readonly [live: Tensor, average: Tensor])[];
  readonly #decay: number;

  /** @throws ArgumentError for a decay outside [0, 1). */
  constructor(tensors: Iterable<Tensor>, options: { readonly decay: number }) {
    const { decay } = options;
    if (!(decay >= 0 && decay < 1)) {
      throw new ArgumentError(`ExponentialMovingAverage: expected a decay in [0, 1), got ${decay}`);
    }
    this.#decay = decay;
    this.#pairs = Array.from(tensors, (live) => [live, keep(clone(live))] as const);
  }

  /** Moves the averages towards the present values. Integers, such as counters, and float16 are copied. */
  update(): void {
    for (const [live, average] of this.#pairs) {
      if (live.device.isMeta) continue;
      if (isFloating(live.dtype) && live.dtype !== 'float16') {
        blend(average, live, this.#decay, 1 - this.#decay);
      } else {
        assign(average, live);
      }
    }
  }

  /** Runs `body` with the averages in the model, and puts the present values back behind it. */
  async with<T>(body: () => T | Promise<T>): Promise<T> {
    this.#swap();
    try {
      return await body();
    } finally {
      this.#swap();
    }
  }

  #swap(): void {
    for (const [live, average] of this.#pairs) {
      const held = clone(live);
      assign(live, average);
      assign(average, held);
      held.dispose();
    }
  }

  dispose(): void {
    for (const [, average] of this.#pairs) average.dispose();
  }
}
