import type { Activation, Bounds } from '../backend.ts';
import type { Tensor } from '../tensor.ts';
import { activationRows } from './activations.ts';
import { pointwiseOver } from './pointwise.ts';

/** @internal What an activation keeps its input within, where that is all it does; else null. */
export function boundsOf({ name, scalars }: Activation): Bounds | null {
  return activationRows[name]?.bounds?.(scalars) ?? null;
}

const pointwise = pointwiseOver(activationRows);

/** An activation of x. */
export function activate({ name, scalars }: Activation, x: Tensor): Tensor {
  return pointwise(name, [x], scalars);
}
