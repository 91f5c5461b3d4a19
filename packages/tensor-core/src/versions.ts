import type { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

/**
 * @internal The versions of some tensors at one time: tells later whether any has been written, or been given other
 * memory, since. Costs two comparisons a tensor.
 */
export class Versions {
  readonly #tensors: readonly Tensor[];
  readonly #storages: readonly Storage[];
  readonly #versions: readonly number[];

  /** @throws ReleasedTensorError; DeviceError for a tensor on the meta device. */
  constructor(tensors: readonly Tensor[]) {
    this.#tensors = tensors;
    this.#storages = tensors.map((tensor) => tensor.storage);
    this.#versions = this.#storages.map((storage) => storage.version);
  }

  /** Whether all are still there and as they were. */
  get areCurrent(): boolean {
    for (let i = 0; i < this.#tensors.length; i++) {
      const { memory } = this.#tensors[i]!;
      if (memory !== this.#storages[i] || memory.version !== this.#versions[i]) return false;
    }
    return true;
  }
}
