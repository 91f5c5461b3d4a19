import type { Tensor } from '../tensor.ts';
import { pointwiseOver } from './pointwise.ts';
import { flat, type PointwiseRow } from './pointwise-row.ts';
import { withNumbers, type TensorLike } from './tensor-like.ts';

const bool = (value: boolean): number => (value ? 1 : 0);

/** @internal Tests of values, and logic on what is other than 0. */
export const comparisonRows: Readonly<Record<string, PointwiseRow>> = {
  isNaN: flat(1, 'bool', (x) => bool(Number.isNaN(x))),
  isFinite: flat(1, 'bool', (x) => bool(Number.isFinite(x))),
  logicalNot: flat(1, 'bool', (x) => bool(x === 0)),
  logicalAnd: flat(2, 'bool', (a, b) => bool(a !== 0 && b !== 0)),
  logicalOr: flat(2, 'bool', (a, b) => bool(a !== 0 || b !== 0)),
  logicalXor: flat(2, 'bool', (a, b) => bool((a !== 0) !== (b !== 0))),
  eq: flat(2, 'bool', (a, b) => bool(a === b)),
  ne: flat(2, 'bool', (a, b) => bool(a !== b)),
  lt: flat(2, 'bool', (a, b) => bool(a < b)),
  le: flat(2, 'bool', (a, b) => bool(a <= b)),
  gt: flat(2, 'bool', (a, b) => bool(a > b)),
  ge: flat(2, 'bool', (a, b) => bool(a >= b)),
};

const test = pointwiseOver(comparisonRows);
const compare = withNumbers(test, comparisonRows);

/** Whether x is NaN, as bool. */
export function isNaN(x: Tensor): Tensor {
  return test('isNaN', [x]);
}

/** Whether x is neither NaN nor infinite, as bool. */
export function isFinite(x: Tensor): Tensor {
  return test('isFinite', [x]);
}

/** Whether x is 0, as bool. */
export function logicalNot(x: Tensor): Tensor {
  return test('logicalNot', [x]);
}

/** Whether both are other than 0. */
export function logicalAnd(a: Tensor, b: TensorLike): Tensor {
  return compare('logicalAnd', a, b);
}

/** Whether either is other than 0. */
export function logicalOr(a: Tensor, b: TensorLike): Tensor {
  return compare('logicalOr', a, b);
}

/** Whether just one is other than 0. */
export function logicalXor(a: Tensor, b: TensorLike): Tensor {
  return compare('logicalXor', a, b);
}

/** a = b, as bool. */
export function eq(a: Tensor, b: TensorLike): Tensor {
  return compare('eq', a, b);
}

/** a ≠ b, as bool. */
export function ne(a: Tensor, b: TensorLike): Tensor {
  return compare('ne', a, b);
}

/** a < b, as bool. */
export function lt(a: Tensor, b: TensorLike): Tensor {
  return compare('lt', a, b);
}

/** a ≤ b, as bool. */
export function le(a: Tensor, b: TensorLike): Tensor {
  return compare('le', a, b);
}

/** a > b, as bool. */
export function gt(a: Tensor, b: TensorLike): Tensor {
  return compare('gt', a, b);
}

/** a ≥ b, as bool. */
export function ge(a: Tensor, b: TensorLike): Tensor {
  return compare('ge', a, b);
}
