import type { HostArray } from '@convnet/data';
import type { Tensor, TypedArray } from '@convnet/tensor-core';

/** Tensors of batches behind one another on the host, with the kind of numbers that they have. */
export class GatheredArrays {
  readonly #parts: TypedArray[] = [];
  #shape: readonly number[] = [];
  samples = 0;

  async add(tensor: Tensor): Promise<void> {
    this.#parts.push(await tensor.data());
    this.#shape = tensor.shape;
    this.samples += tensor.shape[0]!;
  }

  get values(): HostArray {
    const total = this.#parts.reduce((sum, { length }) => sum + length, 0);
    const kind = this.#parts[0]!.constructor as new (length: number) => TypedArray;
    const data = new kind(total);
    let at = 0;
    for (const part of this.#parts) {
      (data as Float32Array).set(part, at);
      at += part.length;
    }
    return { data, shape: [this.samples, ...this.#shape.slice(1)] };
  }
}
