import { Module } from '@convnet/layers';
import type { Tensor } from '@convnet/tensor-core';

/** A network of one function. */
export class Applied extends Module {
  readonly #body: (x: Tensor) => Tensor;

  constructor(body: (x: Tensor) => Tensor) {
    super();
    this.#body = body;
  }

  forward(x: Tensor): Tensor {
    return this.#body(x);
  }
}
