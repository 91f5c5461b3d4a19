import type { Tensor } from '../tensor.ts';
import { pointwise } from './pointwise.ts';
import { flat, type PointwiseRow } from './pointwise-row.ts';
import { withNumber, type TensorLike } from './tensor-like.ts';

const bool = (value: boolean): number => (value ? 1 : 0);

const isNaNRow: PointwiseRow = flat('isNaN', 1, 'bool', (x) => bool(Number.isNaN(x)));

/** Whether x is NaN, as bool. */
export function isNaN(x: Tensor): Tensor {
  return pointwise(isNaNRow, [x]);
}

const isFiniteRow: PointwiseRow = flat('isFinite', 1, 'bool', (x) => bool(Number.isFinite(x)));

/** Whether x is neither NaN nor infinite, as bool. */
export function isFinite(x: Tensor): Tensor {
  return pointwise(isFiniteRow, [x]);
}

/** @internal */
export const logicalNotRow: PointwiseRow = flat('logicalNot', 1, 'bool', (x) => bool(x === 0));

/** Whether x is 0, as bool. */
export function logicalNot(x: Tensor): Tensor {
  return pointwise(logicalNotRow, [x]);
}

/** @internal */
export const logicalAndRow: PointwiseRow = flat('logicalAnd', 2, 'bool', (a, b) =>
  bool(a !== 0 && b !== 0),
);

/** Whether both are other than 0. */
export function logicalAnd(a: Tensor, b: TensorLike): Tensor {
  return withNumber(logicalAndRow, a, b);
}

const logicalOrRow: PointwiseRow = flat('logicalOr', 2, 'bool', (a, b) => bool(a !== 0 || b !== 0));

/** Whether either is other than 0. */
export function logicalOr(a: Tensor, b: TensorLike): Tensor {
  return withNumber(logicalOrRow, a, b);
}

const logicalXorRow: PointwiseRow = flat('logicalXor', 2, 'bool', (a, b) =>
  bool((a !== 0) !== (b !== 0)),
);

/** Whether just one is other than 0. */
export function logicalXor(a: Tensor, b: TensorLike): Tensor {
  return withNumber(logicalXorRow, a, b);
}

/** @internal */
export const eqRow: PointwiseRow = flat('eq', 2, 'bool', (a, b) => bool(a === b));

/** a = b, as bool. */
export function eq(a: Tensor, b: TensorLike): Tensor {
  return withNumber(eqRow, a, b);
}

const neRow: PointwiseRow = flat('ne', 2, 'bool', (a, b) => bool(a !== b));

/** a ≠ b, as bool. */
export function ne(a: Tensor, b: TensorLike): Tensor {
  return withNumber(neRow, a, b);
}

const ltRow: PointwiseRow = flat('lt', 2, 'bool', (a, b) => bool(a < b));

/** a < b, as bool. */
export function lt(a: Tensor, b: TensorLike): Tensor {
  return withNumber(ltRow, a, b);
}

/** @internal */
export const leRow: PointwiseRow = flat('le', 2, 'bool', (a, b) => bool(a <= b));

/** a ≤ b, as bool. */
export function le(a: Tensor, b: TensorLike): Tensor {
  return withNumber(leRow, a, b);
}

const gtRow: PointwiseRow = flat('gt', 2, 'bool', (a, b) => bool(a > b));

/** a > b, as bool. */
export function gt(a: Tensor, b: TensorLike): Tensor {
  return withNumber(gtRow, a, b);
}

/** @internal */
export const geRow: PointwiseRow = flat('ge', 2, 'bool', (a, b) => bool(a >= b));

/** a ≥ b, as bool. */
export function ge(a: Tensor, b: TensorLike): Tensor {
  return withNumber(geRow, a, b);
}

/** @internal Tests of values, and logic on what is other than 0. */
export const comparisonRows: readonly PointwiseRow[] = [
  isNaNRow,
  isFiniteRow,
  logicalNotRow,
  logicalAndRow,
  logicalOrRow,
  logicalXorRow,
  eqRow,
  neRow,
  ltRow,
  leRow,
  gtRow,
  geRow,
];
