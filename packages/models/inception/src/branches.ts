import { Module, pipe, type Layer } from '@convnet/layers';
import { concat, type Tensor } from '@convnet/tensor-core';

/** Layers one after the other, by name. */
export type Branch = Readonly<Record<string, Layer>>;

/** The same input through every branch, the results side by side along the channels. */
export class Branches extends Module {
  readonly #branches: readonly Branch[];

  /** Names are those of this module's children, so no two branches may share one. */
  constructor(...branches: readonly Branch[]) {
    super();
    this.#branches = branches;
  }

  override forward(x: Tensor): Tensor {
    return concat(
      this.#branches.map((branch) => pipe(x, ...Object.values(branch))),
      1,
    );
  }

  override *namedChildren(): Generator<[string, Layer]> {
    for (const branch of this.#branches) yield* Object.entries(branch);
  }
}
