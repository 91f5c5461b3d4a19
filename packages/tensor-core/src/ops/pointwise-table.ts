import type { Tensor } from '../tensor.ts';
import { activationRows } from './activations.ts';
import { arithmeticRows } from './arithmetic.ts';
import { comparisonRows } from './comparisons.ts';
import { elementaryRows } from './elementary.ts';
import { pointwise as pointwiseOf } from './pointwise.ts';
import type { PointwiseRow } from './pointwise-row.ts';

/**
 * All pointwise operations by name: the specification of the `pointwise` kernel. A row stands beside its function, which
 * refers to the row itself: a program has the rows of the functions that it calls, and this table where it asks for
 * operations by name.
 */
export const pointwiseRows: Readonly<Record<string, PointwiseRow>> =
  /* @__PURE__ */ Object.fromEntries(
    [...arithmeticRows, ...elementaryRows, ...comparisonRows, ...activationRows].map((row) => [
      row.name,
      row,
    ]),
  );

/** @internal Applies any row. @throws ShapeError where shapes do not broadcast; DTypeError. */
export function pointwise(
  name: string,
  inputs: readonly Tensor[],
  scalars?: readonly number[],
): Tensor {
  return pointwiseOf(pointwiseRows[name]!, inputs, scalars);
}
