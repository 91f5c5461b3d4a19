import {
  aTensor,
  assign,
  clone,
  keep,
  listOf,
  requireKind,
  type Tensor,
} from '@convnet/tensor-core';

/** What something held at one moment, to go back to. Give its memory back with `dispose`. */
export interface Snapshot {
  /** Takes the present state. @throws OutOfMemoryError; it then holds what it held before. */
  update(): void;
  /** Puts the state of the last `update` back. It needs no memory. */
  restore(): void;
  /** Gives the memory of the copies back. */
  dispose(): void;
}

/** Copies of tensors on their devices: of all, or an error and of none. @throws OutOfMemoryError. */
export function copiesOf(tensors: readonly Tensor[]): Tensor[] {
  const copies: Tensor[] = [];
  try {
    for (const tensor of tensors) copies.push(keep(clone(tensor)));
  } catch (error) {
    for (const copy of copies) copy.dispose();
    throw error;
  }
  return copies;
}

/** Overwrites each tensor with the one in its place in `sources`. */
export function assignAll(targets: readonly Tensor[], sources: readonly Tensor[]): void {
  targets.forEach((target, i) => assign(target, sources[i]!));
}

/** The present values of tensors, held on their devices. @throws OutOfMemoryError. */
export function snapshotOf(tensors: readonly Tensor[]): Snapshot {
  requireKind('snapshotOf', 'tensors', tensors, listOf(aTensor));
  const copies = copiesOf(tensors);
  return {
    update: () => assignAll(copies, tensors),
    restore: () => assignAll(tensors, copies),
    dispose: () => {
      for (const copy of copies) copy.dispose();
    },
  };
}
