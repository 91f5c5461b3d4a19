import { AutogradError } from './errors.ts';
import { formatShape } from './shape.ts';
import type { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

/** Memory that a gradient needs, held beyond the life of the tensor that a program saw. */
export class Packed {
  readonly #tensor: Pick<Tensor, 'device' | 'shape' | 'dtype' | 'make'>;
  readonly #storage: Storage | null;
  readonly #version: number;

  constructor(tensor: Tensor) {
    const { device, shape, dtype, make } = tensor;
    this.#tensor = { device, shape, dtype, make };
    this.#storage = device.isMeta ? null : tensor.storage.retain();
    this.#version = this.#storage?.version ?? 0;
  }

  /**
   * A tensor on the memory, in the innermost scope.
   * @throws AutogradError where it was overwritten in place since.
   */
  unpack(operation: string): Tensor {
    const { device, shape } = this.#tensor;
    if (this.#storage !== null && this.#storage.version !== this.#version) {
      throw new AutogradError(
        `${operation}: a tensor ${formatShape(shape)}, which its gradient needs, was overwritten in ` +
          `place after the forward pass`,
      );
    }
    return this.#tensor.make(device, this.#tensor, this.#storage?.retain() ?? null);
  }

  free(): void {
    this.#storage?.release();
  }
}
