import {
  ArgumentError,
  assign,
  blend,
  clone,
  DeviceError,
  isFloating,
  keep,
  scope,
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
    // A model lists a tensor under each path to it.
    const live = [...new Set(tensors)];
    const averages = scope(() => keep(live.map(clone)));
    this.#pairs = live.map((each, i) => [each, averages[i]!] as const);
  }

  /**
   * Moves the averages towards the present values. Integers, such as counters, and float16 are copied.
   * @throws DeviceError, before anything is changed, where the model has moved to another device.
   */
  update(): void {
    this.#requireOneDevice('update');
    for (const [live, average] of this.#pairs) {
      if (isFloating(live.dtype) && live.dtype !== 'float16') {
        blend(average, live, this.#decay, 1 - this.#decay);
      } else {
        assign(average, live);
      }
    }
  }

  /**
   * Runs `body` with the averages in the model, and puts the present values back behind it.
   * @throws DeviceError, before anything is changed, where the model has moved to another device.
   */
  async with<T>(body: () => T | Promise<T>): Promise<T> {
    this.#swap();
    try {
      return await body();
    } finally {
      this.#swap();
    }
  }

  #swap(): void {
    this.#requireOneDevice('with');
    for (const [live, average] of this.#pairs) live.exchangeWith(average);
  }

  #requireOneDevice(call: string): void {
    for (const [live, average] of this.#pairs) {
      live.requireLive(call);
      average.requireLive(call);
      if (live.device === average.device) continue;
      throw new DeviceError(
        `ExponentialMovingAverage: ${live.describe()} has moved to another device than its average, ` +
          `${average.describe()}. Make the average after model.to(device)`,
      );
    }
  }

  dispose(): void {
    for (const [, average] of this.#pairs) average.dispose();
  }
}
