import type { AnyModule } from '@convnet/layers';
import { assign, clone, keep, type Tensor } from '@convnet/tensor-core';

/** Holds a copy of a model's parameters and buffers on its device, to go back to. */
export class WeightGuard {
  readonly #pairs: readonly (readonly [live: Tensor, copy: Tensor])[];
  #step = 0;

  constructor(model: AnyModule) {
    this.#pairs = Array.from(
      model.stateDict().values(),
      (live) => [live, keep(clone(live))] as const,
    );
  }

  /** Copies the present weights, as those after `step` steps. */
  remember(step: number): void {
    for (const [live, copy] of this.#pairs) assign(copy, live);
    this.#step = step;
  }

  /** Puts the copied weights back and says how many steps they have seen. */
  restore(): number {
    for (const [live, copy] of this.#pairs) assign(live, copy);
    return this.#step;
  }

  dispose(): void {
    for (const [, copy] of this.#pairs) copy.dispose();
  }
}
