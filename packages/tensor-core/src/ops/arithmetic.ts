import type { Tensor } from '../tensor.ts';
import { isFloating } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { filled } from './filled.ts';
import { cast } from './layout.ts';
import { pointwise } from './pointwise.ts';

/** A tensor, or a number that stands for a tensor filled with it. */
export type TensorLike = Tensor | number;

/** A number as a tensor that broadcasts against `like`; fractions make integers float32. */
function toTensor(value: TensorLike, like: Tensor): Tensor {
  if (typeof value !== 'number') return value;
  const dtype = isFloating(like.dtype) ? like.dtype : Number.isInteger(value) ? 'int32' : 'float32';
  return filled(like, [], value, dtype);
}

function binary(name: string, a: Tensor, b: TensorLike): Tensor {
  const other = toTensor(b, a);
  const y = pointwise(name, [a, other]);
  if (other !== b) other.dispose();
  return y;
}

/** Applies a row with a number. Integers must become float32 before they meet a fraction. */
function withScalar(name: string, x: Tensor, scalar: number): Tensor {
  if (isFloating(x.dtype) || Number.isInteger(scalar)) return pointwise(name, [x], [scalar]);
  const floating = cast(x, 'float32');
  const y = pointwise(name, [floating], [scalar]);
  floating.dispose();
  return y;
}

/** a + b. */
export function add(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('addScalar', a, b) : pointwise('add', [a, b]);
}

/** a - b. */
export function sub(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('addScalar', a, -b) : pointwise('sub', [a, b]);
}

/** a b, element by element. */
export function mul(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? withScalar('mulScalar', a, b) : pointwise('mul', [a, b]);
}

/** a to the power b. */
export function pow(a: Tensor, b: TensorLike): Tensor {
  return typeof b === 'number' ? pointwise('powScalar', [a], [b]) : pointwise('pow', [a, b]);
}

/** a where the condition holds, else b. */
export function where(condition: Tensor, a: Tensor, b: TensorLike): Tensor {
  const other = toTensor(b, a);
  const y = pointwise('where', [condition, a, other]);
  if (other !== b) other.dispose();
  return y;
}

/**
 * x, limited to [min, max]; integers become float32 where a bound is a fraction. Bounds may be infinite.
 * @throws ArgumentError for bounds that are NaN.
 */
export function clamp(x: Tensor, min: number, max: number): Tensor {
  if (Number.isNaN(min) || Number.isNaN(max)) {
    throw new ArgumentError(`clamp: expected bounds that are numbers, got ${min} and ${max}`);
  }
  if (isFloating(x.dtype)) return pointwise('clamp', [x], [min, max]);
  if ([min, max].every((bound) => Number.isInteger(bound) || !Number.isFinite(bound))) {
    return pointwise('clamp', [x], [Math.max(min, -(2 ** 31)), Math.min(max, 2 ** 31 - 1)]);
  }
  const floating = cast(x, 'float32');
  const y = pointwise('clamp', [floating], [min, max]);
  floating.dispose();
  return y;
}

/** -x. */
export function neg(x: Tensor): Tensor {
  return pointwise('neg', [x]);
}

/** |x|. */
export function abs(x: Tensor): Tensor {
  return pointwise('abs', [x]);
}

/** x². */
export function square(x: Tensor): Tensor {
  return pointwise('square', [x]);
}

/** 1 / x. */
export function reciprocal(x: Tensor): Tensor {
  return pointwise('reciprocal', [x]);
}

/** e to the x. */
export function exp(x: Tensor): Tensor {
  return pointwise('exp', [x]);
}

/** exp(x) - 1, exact for small x. */
export function expm1(x: Tensor): Tensor {
  return pointwise('expm1', [x]);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return pointwise('log', [x]);
}

/** log(1 + x), exact for small x. */
export function log1p(x: Tensor): Tensor {
  return pointwise('log1p', [x]);
}

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return pointwise('sqrt', [x]);
}

/** 1 / sqrt(x). */
export function rsqrt(x: Tensor): Tensor {
  return pointwise('rsqrt', [x]);
}

/** Sine of radians. */
export function sin(x: Tensor): Tensor {
  return pointwise('sin', [x]);
}

/** Cosine of radians. */
export function cos(x: Tensor): Tensor {
  return pointwise('cos', [x]);
}

/** Error function. */
export function erf(x: Tensor): Tensor {
  return pointwise('erf', [x]);
}

/** -1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return pointwise('sign', [x]);
}

/** Greatest integer not above x. */
export function floor(x: Tensor): Tensor {
  return pointwise('floor', [x]);
}

/** Least integer not below x. */
export function ceil(x: Tensor): Tensor {
  return pointwise('ceil', [x]);
}

/** Nearest integer, halves to even. */
export function round(x: Tensor): Tensor {
  return pointwise('round', [x]);
}

/** Whether x is NaN, as bool. */
export function isNaN(x: Tensor): Tensor {
  return pointwise('isNaN', [x]);
}

/** Whether x is neither NaN nor infinite, as bool. */
export function isFinite(x: Tensor): Tensor {
  return pointwise('isFinite', [x]);
}

/** Whether x is 0, as bool. */
export function logicalNot(x: Tensor): Tensor {
  return pointwise('logicalNot', [x]);
}

/** Whether both are other than 0. */
export function logicalAnd(a: Tensor, b: TensorLike): Tensor {
  return binary('logicalAnd', a, b);
}

/** Whether either is other than 0. */
export function logicalOr(a: Tensor, b: TensorLike): Tensor {
  return binary('logicalOr', a, b);
}

/** Whether just one is other than 0. */
export function logicalXor(a: Tensor, b: TensorLike): Tensor {
  return binary('logicalXor', a, b);
}

/** a = b, as bool. */
export function eq(a: Tensor, b: TensorLike): Tensor {
  return binary('eq', a, b);
}

/** a ≠ b, as bool. */
export function ne(a: Tensor, b: TensorLike): Tensor {
  return binary('ne', a, b);
}

/** a < b, as bool. */
export function lt(a: Tensor, b: TensorLike): Tensor {
  return binary('lt', a, b);
}

/** a ≤ b, as bool. */
export function le(a: Tensor, b: TensorLike): Tensor {
  return binary('le', a, b);
}

/** a > b, as bool. */
export function gt(a: Tensor, b: TensorLike): Tensor {
  return binary('gt', a, b);
}

/** a ≥ b, as bool. */
export function ge(a: Tensor, b: TensorLike): Tensor {
  return binary('ge', a, b);
}

/** The greater of two; NaN wins. */
export function maximum(a: Tensor, b: TensorLike): Tensor {
  return binary('maximum', a, b);
}

/** The lesser of two; NaN wins. */
export function minimum(a: Tensor, b: TensorLike): Tensor {
  return binary('minimum', a, b);
}

/** Remainder with the sign of the divisor. */
export function remainder(a: Tensor, b: TensorLike): Tensor {
  return binary('remainder', a, b);
}

/** a / b; integers are divided as float32. */
export function div(a: Tensor, b: TensorLike): Tensor {
  return binary('div', a, b);
}
