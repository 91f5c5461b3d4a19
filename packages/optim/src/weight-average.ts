import {
  ArgumentError,
  DeviceError,
  Tensor,
  aFunction,
  assign,
  blend,
  cast,
  checkOptions,
  isFloating,
  requireKind,
  scope,
  StateReader,
  tensor,
  Versions,
  refuseOtherCopy,
  type StateDict,
  type Stateful,
  formatValue,
  type Kind,
} from '@convnet/tensor-core';

import { assignAll, copiesOf, snapshotOf, type Snapshot } from './snapshot.ts';

const aDecay: Kind = {
  expected: 'a number from 0 to below 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
};

/**
 * Exponential moving average of a model's parameters and buffers, often better than the weights
 * themselves. torch.optim.swa_utils.AveragedModel with an exponential rule.
 *
 *     const average = new ExponentialMovingAverage(model.stateDict(), { decay: 0.999 });
 *     // after every step: average.update(), or fit(model, { average, … })
 *     await average.with(() => evaluate(model, test));
 */
export class ExponentialMovingAverage implements Stateful {
  readonly #names: readonly string[];
  readonly #live: readonly Tensor[];
  readonly #averages: readonly Tensor[];
  readonly #decay: number;
  /** Bodies for which the averages are in the model, and the present values here. */
  #bodies = 0;

  /**
   * @param tensors With names, as `model.stateDict()` gives them, which then are the keys of the state; or alone, and
   * their places are.
   * @throws ArgumentError for a decay outside [0, 1); OutOfMemoryError, and no memory is held then.
   */
  constructor(
    tensors: Iterable<Tensor> | ReadonlyMap<string, Tensor>,
    options: { readonly decay: number },
  ) {
    const name = 'ExponentialMovingAverage';
    checkOptions(name, options, { decay: aDecay }, ['decay']);
    const { decay } = options;
    this.#decay = decay;
    const named = tensors instanceof Map ? (tensors as ReadonlyMap<string, Tensor>) : null;
    // A model lists a tensor under each path to it.
    const live = new Map<Tensor, string>();
    tensorsOf(name, named === null ? (tensors as Iterable<Tensor>) : named.values()).forEach(
      (tensor, i) => {
        if (!live.has(tensor)) live.set(tensor, named === null ? '' : [...named.keys()][i]!);
      },
    );
    this.#live = [...live.keys()];
    this.#names = Array.from(live.values(), (path, i) => path || String(i));
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

  /** Asked anew after waiting. */
  get #isInModel(): boolean {
    return this.#bodies > 0;
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

  /**
   * The averages by the names of their tensors: the live ones. Inside `with` they are in the model.
   */
  stateDict(): Map<string, Tensor> {
    const averages = this.#bodies > 0 ? this.#live : this.#averages;
    return new Map(this.#names.map((name, i) => [name, averages[i]!]));
  }

  /**
   * Takes averages over. All, or nothing and an error. From tensors on the devices of the averages this is done when
   * the call returns.
   * @throws StateError where names or shapes do not fit, where tensors changed while they were being read from another
   * device, and inside `with`; DeviceError on the meta device.
   */
  async loadStateDict(state: StateDict): Promise<void> {
    const reader = new StateReader('ExponentialMovingAverage', state);
    if (this.#isInModel) throw reader.fault('expected loadStateDict outside with()');
    reader.requireKeys(this.#names);
    const sources = this.#names.map((name, i) => {
      const source = state.get(name);
      const { shape } = this.#averages[i]!;
      refuseOtherCopy('ExponentialMovingAverage.loadStateDict', source);
      if (!(source instanceof Tensor) || source.shape.join() !== shape.join()) {
        throw reader.fault(
          `expected '${name}' as a tensor [${shape.join(', ')}], got ` +
            (source instanceof Tensor ? source.describe() : formatValue(source)),
        );
      }
      source.requireLive(`ExponentialMovingAverage, ${name}`);
      if (source.device.isMeta) {
        throw new DeviceError(`ExponentialMovingAverage: '${name}' of the state has no values`);
      }
      return source;
    });
    const isAway = (source: Tensor, i: number): boolean =>
      source.device !== this.#averages[i]!.device;
    const away = sources.filter(isAway);
    let read: Awaited<ReturnType<Tensor['data']>>[] = [];
    if (away.length > 0) {
      const versions = new Versions(away);
      read = await Promise.all(away.map((source) => source.data()));
      if (!versions.areCurrent || this.#isInModel) {
        throw reader.fault('the state or the model changed while it was being read');
      }
    }
    scope(() => {
      const values = sources.map((source, i) => {
        const { shape, dtype, device } = this.#averages[i]!;
        if (isAway(source, i)) return tensor(read.shift()!, shape, { device, dtype });
        return source.dtype === dtype ? source : cast(source, dtype);
      });
      // From here on nothing takes memory.
      assignAll(this.#averages, values);
    });
  }

  /** Holds the averages, to go back to, in as much memory as they take. @throws OutOfMemoryError. */
  snapshot(): Snapshot {
    return snapshotOf(this.#averages);
  }

  /** Gives the memory of the averages back. */
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
    refuseOtherCopy(where, tensor);
    throw new ArgumentError(`${where}: expected tensors, got ${formatValue(tensor)}`);
  });
}
