import type { AnyModule } from '@convnet/layers';
import { snapshotOf, type Snapshot } from '@convnet/optim';
import { assign, clone, keep, type Tensor } from '@convnet/tensor-core';

/** A copy of a model's parameters and buffers, as they were in its best epoch. */
export class BestWeights {
  readonly #model: AnyModule;
  #copies: Map<string, Tensor> | null = null;

  constructor(model: AnyModule) {
    this.#model = model;
  }

  get isTaken(): boolean {
    return this.#copies !== null;
  }

  /** Takes the present weights. @throws OutOfMemoryError; those taken before stay then. */
  take(): void {
    this.#takeOf(this.#model.stateDict());
  }

  #takeOf(state: ReadonlyMap<string, Tensor>): void {
    if (this.#copies !== null) {
      for (const [path, copy] of this.#copies) assign(copy, state.get(path)!);
      return;
    }
    const copies = new Map<string, Tensor>();
    try {
      for (const [path, tensor] of state) copies.set(path, keep(clone(tensor)));
    } catch (error) {
      for (const copy of copies.values()) copy.dispose();
      throw error;
    }
    this.#copies = copies;
  }

  /** Puts them into the model. */
  async restore(): Promise<void> {
    if (this.#copies !== null) await this.#model.loadStateDict(this.#copies);
  }

  /** The copies, by path; empty before the first. */
  stateDict(): Map<string, Tensor> {
    return new Map(this.#copies);
  }

  /** @throws StateDictError where they are of another model. */
  async loadStateDict(state: ReadonlyMap<string, Tensor>): Promise<void> {
    if (state.size === 0) {
      this.dispose();
      return;
    }
    // The model checks names, shapes and devices; its own weights are put back behind it.
    const present: Snapshot = snapshotOf([...new Set(this.#model.stateDict().values())]);
    try {
      await this.#model.loadStateDict(state);
      this.take();
    } finally {
      present.restore();
      present.dispose();
    }
  }

  dispose(): void {
    for (const copy of this.#copies?.values() ?? []) copy.dispose();
    this.#copies = null;
  }
}
