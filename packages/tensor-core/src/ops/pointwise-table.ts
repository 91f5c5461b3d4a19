import { activationRows } from './activation-rows.ts';
import { arithmeticRows } from './arithmetic-rows.ts';
import type { PointwiseRow } from './pointwise-row.ts';

/**
 * All pointwise operations by name: the specification of the `pointwise` kernel. The names are PyTorch's,
 * in camel case; `…Grad` rows are kernels that only gradient rules call. Adding an operation is adding a
 * row here, its function in `arithmetic.ts` or `activations.ts`, and a case in each backend's kernel.
 */
export const pointwiseRows: Readonly<Record<string, PointwiseRow>> = {
  ...arithmeticRows,
  ...activationRows,
};
