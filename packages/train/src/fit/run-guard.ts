import type { AnyModule } from '@convnet/layers';
import { snapshotOf, type Optimizer, type Snapshot } from '@convnet/optim';
import type { Tensor } from '@convnet/tensor-core';

/** Something that may have a state to go back to, such as a schedule. */
export interface Restorable {
  snapshot?(): Snapshot;
}

/**
 * Holds what a run changes, to go back to: a model's parameters and buffers, an optimiser with its state and the
 * options of its groups, and what has a snapshot of the others.
 */
export class RunGuard {
  readonly #make: () => Snapshot[];
  readonly #optimizer: Optimizer;
  #snapshots: readonly Snapshot[] = [];
  #step = 0;

  constructor(model: AnyModule, optimizer: Optimizer, others: readonly (Restorable | undefined)[]) {
    this.#optimizer = optimizer;
    this.#make = () => {
      const tensors = new Set<Tensor>(model.stateDict().values());
      for (const { parameters } of optimizer.groups) for (const p of parameters) tensors.add(p);
      const made: Snapshot[] = [];
      try {
        made.push(snapshotOf([...tensors]));
        for (const other of others) {
          const snapshot = other?.snapshot?.();
          if (snapshot !== undefined) made.push(snapshot);
        }
        // Last, as it makes the optimiser's state, which would stay where another failed.
        made.push(optimizer.snapshot());
      } catch (error) {
        for (const snapshot of made) snapshot.dispose();
        throw error;
      }
      return made;
    };
  }

  /** Takes the present state, as that after `step` steps. @throws OutOfMemoryError. */
  remember(step: number): void {
    if (this.#snapshots.length === 0) this.#snapshots = this.#make();
    else for (const snapshot of this.#snapshots) snapshot.update();
    this.#step = step;
  }

  /** Puts the state taken last back, without gradients, and says how many steps it has seen. */
  restore(): number {
    for (const snapshot of this.#snapshots) snapshot.restore();
    this.#optimizer.zeroGrad();
    return this.#step;
  }

  dispose(): void {
    for (const snapshot of this.#snapshots) snapshot.dispose();
    this.#snapshots = [];
  }
}
