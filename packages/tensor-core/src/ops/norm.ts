import { ArgumentError } from '../errors.ts';
import { aBoolean, aNumber } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs, square } from './arithmetic.ts';
import { ne } from './comparisons.ts';
import { cast } from './layout.ts';
import { max, min, sum, type ReduceOptions } from './reduce.ts';
import { requireFloating } from './require.ts';
import { powOrZero, sqrtOrZero } from './root-at-zero.ts';

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** Order of the norm: at least 0, may be Infinity or -Infinity. Default 2. */
  readonly p?: number;
}

const normOptions = optionKinds<NormOptions>({ p: aNumber, keepDim: aBoolean });

/**
 * The p-norm over the axes (default all): (Σ |x|^p)^(1/p); the greatest or least |x| for ±Infinity; the
 * number of nonzero elements for 0. The gradient where the norm is 0 is 0. torch.linalg.vector_norm.
 * @throws ShapeError, DTypeError for integers, ArgumentError.
 */
export function norm(
  x: Tensor,
  axes?: number | readonly number[],
  options: NormOptions = {},
): Tensor {
  checkOptions('norm', options, normOptions);
  const { p = 2, ...reduction } = options;
  requireFloating('norm', x);
  if (!(p >= 0 || p === -Infinity)) {
    throw new ArgumentError(`norm: expected p ≥ 0, Infinity or -Infinity, got ${p}`);
  }
  return scope(() => {
    switch (p) {
      case Infinity:
        return max(abs(x), axes, reduction);
      case -Infinity:
        return min(abs(x), axes, reduction);
      case 0:
        return sum(cast(ne(x, 0), x.dtype), axes, reduction);
      case 1:
        return sum(abs(x), axes, reduction);
      case 2:
        return sqrtOrZero(sum(square(x), axes, reduction));
      default:
        return powOrZero(sum(powOrZero(abs(x), p), axes, reduction), 1 / p);
    }
  });
}
