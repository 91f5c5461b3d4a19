import { isFloating, type DType } from '../dtype.ts';
import { requireElements } from '../elements.ts';
import { requireTensor } from '../require-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from '../filled.ts';
import { pointwise } from './pointwise.ts';
import type { PointwiseRow } from './pointwise-row.ts';

/** A tensor, or a number that stands for a tensor filled with it. */
export type TensorLike = Tensor | number;

const isInt32 = (value: number): boolean =>
  value === Math.trunc(value) && Math.abs(value) < 2 ** 31;

/**
 * @throws ArgumentError for a number that the integers it is to be computed with do not hold: it would wrap around.
 * Fractions, NaN and infinities do not, as they make integers float32.
 */
export function requireScalar(op: string, value: number, like: Tensor): void {
  if (isFloating(like.dtype) || !Number.isInteger(value)) return;
  requireElements(op, [value], like.dtype === 'bool' ? 'int32' : like.dtype);
}

/**
 * A number as a tensor that broadcasts against `like`. What `like` cannot hold makes its elements float32.
 * @param result what the row gives; a test or a quotient sees every number as it is.
 * @throws ArgumentError for an integer beyond those of `like` where the result would be one of them.
 */
export function toTensor(
  op: string,
  value: TensorLike,
  like: Tensor,
  result: PointwiseRow['result'],
): Tensor {
  if (typeof value !== 'number') return value;
  if (result === 'same') requireScalar(op, value, like);
  let dtype: DType = like.dtype;
  if (!isFloating(dtype)) dtype = isInt32(value) ? 'int32' : 'float32';
  return filled(like, [], value, dtype);
}

/** Applies a row of two inputs, of which the second may be a number. */
export function withNumber(row: PointwiseRow, a: Tensor, b: TensorLike): Tensor {
  requireTensor(row.name, a);
  const other = toTensor(row.name, b, a, row.result);
  const y = pointwise(row, [a, other]);
  if (other !== b) other.dispose();
  return y;
}
