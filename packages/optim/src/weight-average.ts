import {
  ArgumentError,
  DeviceError,
  Tensor,
  aFunction,
  assign,
  blend,
  isFloating,
  requireKind,
} from '@convnet/tensor-core';

import { formatValue, optionsOf } from './check.ts';
import { copiesOf, snapshotOf, type Snapshot } from './snapshot.ts';

/**
 * Exponential moving average of a model's parameters and buffers, often better than the weights
 * themselves. torch.optim.swa_utils.AveragedModel with an exponential rule.
 *
 *     const average = new ExponentialMovingAverage(model.stateDict().values(), { decay: 0.999 });
 *     // after every step: average.update(), or fit(model, { average, … })
 *     await average.with(() => evaluate(model, test));
 */
export class ExponentialMovingAverage {
  readonly #live: readonly Tensor[];
  readonly #averages: readonly Tensor[];
  readonly #decay: number;
  /** Bodies for which the averages are in the model, and the present values here. */
  #bodies = 0;

  /** @throws ArgumentError for a decay outside [0, 1); OutOfMemoryError, and no memory is held then. */
  constructor(tensors: Iterable<Tensor>, options: { readonly decay: number }) {
    const name = 'ExponentialMovingAverage';
    const { decay } = optionsOf(name, options, ['decay']);
    if (!(typeof decay === 'number' && decay >= 0 && decay < 1)) {
      throw new ArgumentError(`${name}: expected a decay in [0, 1), got ${formatValue(decay)}`);
    }
    this.#decay = decay;
    // A model lists a tensor under each path to it.
    this.#live = [...new Set(tensorsOf(name, tensors))];
    this.#averages = copiesOf(this.#live);
  }

  /**
   * Moves the averages towards the present values. Integers, such as counters, and float16 are copied.
   * @throws ArgumentError inside `with`, where the present values are the averages; DeviceError where a value has
   * moved to another device. No average has changed then.
   */
  update(): void {
    if (this.#bodies > 0) {
      throw new ArgumentError(
        'ExponentialMovingAverage: expected update() outside with(), where the model has its own values',
      );
    }
    this.#requireOneDevice();
    this.#live.forEach((live, i) => {
      const average = this.#averages[i]!;
      if (live.device.isMeta) return;
      if (isFloating(live.dtype) && live.dtype !== 'float16') {
        blend(average, live, this.#decay, 1 - this.#decay);
      } else {
        assign(average, live);
      }
    });
  }

  #requireOneDevice(): void {
    this.#live.forEach((live, i) => {
      const average = this.#averages[i]!;
      if (live.device === average.device) return;
      throw new DeviceError(
        `ExponentialMovingAverage: ${live.describe(average.device)} has moved to another device than its average, ` +
          `${average.describe(live.device)}. Make the average after model.to(device)`,
      );
    });
  }

  /**
   * Runs `body` with the averages in the model, and puts the present values back behind it. They change places, which
   * takes no memory: what `body` writes into the weights ends up in the averages.
   * @throws DeviceError as `update`; the model is then as it was.
   */
  async with<T>(body: () => T | Promise<T>): Promise<T> {
    requireKind('ExponentialMovingAverage.with', 'body', body, aFunction);
    this.#requireOneDevice();
    // Of bodies that overlap, the first brings the averages in and the last puts the values back.
    if (this.#bodies === 0) this.#exchange();
    this.#bodies++;
    try {
      return await body();
    } finally {
      this.#bodies--;
      if (this.#bodies === 0) this.#exchange();
    }
  }

  #exchange(): void {
    this.#live.forEach((live, i) => live.exchangeWith(this.#averages[i]!));
  }

  /** Holds the averages, to go back to, in as much memory as they take. @throws OutOfMemoryError. */
  snapshot(): Snapshot {
    return snapshotOf(this.#averages);
  }

  dispose(): void {
    for (const average of this.#averages) average.dispose();
  }
}

function tensorsOf(where: string, tensors: Iterable<Tensor>): Tensor[] {
  if (typeof (tensors as Iterable<Tensor> | null)?.[Symbol.iterator] !== 'function') {
    throw new ArgumentError(
      `${where}: expected tensors, such as model.stateDict().values(), got ${formatValue(tensors)}`,
    );
  }
  return Array.from(tensors, (tensor: unknown) => {
    if (tensor instanceof Tensor) return tensor;
    throw new ArgumentError(`${where}: expected tensors, got ${formatValue(tensor)}`);
  });
}
