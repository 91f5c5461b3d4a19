import type { Activation, Bounds } from '../backend.ts';
import type { Tensor } from '../tensor.ts';
import { hardtanhRow, reluRow } from './activations.ts';
import { pointwise } from './pointwise.ts';

/** The rows that only keep their input within bounds. */
const boundedRows = [reluRow, hardtanhRow];

/** @internal What an activation keeps its input within, where that is all it does; else null. */
export function boundsOf({ name, scalars }: Activation): Bounds | null {
  return boundedRows.find((row) => row.name === name)?.bounds?.(scalars) ?? null;
}

/** An activation of x that has bounds. */
export function activate({ name, scalars }: Activation, x: Tensor): Tensor {
  return pointwise(
    boundedRows.find((row) => row.name === name)!,
    [x],
    scalars,
  );
}
