import { keep, outsideCapture, tensor, type Device, type Tensor } from '@convnet/tensor-core';

import type { HostTensor } from '../host/host-tensor.ts';
import { dtypeOn } from './operands.ts';

/**
 * Tensors of numbers that follow from the file and from shapes, such as the matrices of a resizing. They are made when they
 * are first met and kept, so that captured steps and compiled networks can go on reading them.
 */
export class MadeConstants {
  readonly #tensors = new Map<Device, Map<string, Tensor>>();

  /** The tensor of a key, which says what it holds. */
  get(key: string, device: Device, make: () => HostTensor): Tensor {
    let tensors = this.#tensors.get(device);
    if (tensors === undefined) {
      tensors = new Map();
      this.#tensors.set(device, tensors);
    }
    let made = tensors.get(key);
    if (made === undefined) {
      const { data, shape, type } = make();
      const dtype = dtypeOn(device, type);
      made = outsideCapture(() => keep(tensor(data as Float32Array, shape, { device, dtype })));
      tensors.set(key, made);
    }
    return made;
  }

  dispose(): void {
    for (const tensors of this.#tensors.values())
      for (const made of tensors.values()) made.dispose();
    this.#tensors.clear();
  }
}
