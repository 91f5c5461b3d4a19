import { activationRows } from './activations.ts';
import { arithmeticRows } from './arithmetic.ts';
import { comparisonRows } from './comparisons.ts';
import { pointwiseOver } from './pointwise.ts';
import type { ApplyRow, PointwiseRow } from './pointwise-row.ts';

/**
 * All pointwise operations by name: the specification of the `pointwise` kernel. The names are PyTorch's,
 * in camel case; `…Grad` rows are kernels that only gradient rules call. A row stands beside its function.
 */
export const pointwiseRows: Readonly<Record<string, PointwiseRow>> = {
  ...arithmeticRows,
  ...comparisonRows,
  ...activationRows,
};

/** @internal Applies any row. @throws ShapeError where shapes do not broadcast; DTypeError. */
export const pointwise: ApplyRow = pointwiseOver(pointwiseRows);
