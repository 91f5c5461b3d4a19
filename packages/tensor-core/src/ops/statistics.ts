import { scope } from '../scope.ts';
import { normalizeAxes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { mul, square, sub } from './arithmetic.ts';
import { mean, sum, type ReduceOptions } from './reduce.ts';
import { requireFinite, requireFloating } from './require.ts';
import { sqrtOrZero } from './root-at-zero.ts';

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements to divide by. Default 1 (unbiased); 0 for the biased variance. */
  readonly correction?: number;
}

/**
 * Variance over the axes (default all). torch.var. NaN where no more than `correction` elements are
 * reduced.
 * @throws ShapeError for axes that do not exist, DTypeError for integers, ArgumentError.
 */
export function variance(
  x: Tensor,
  axes?: number | readonly number[],
  options: VarianceOptions = {},
): Tensor {
  const { correction = 1, keepDim = false } = options;
  requireFloating('variance', x);
  requireFinite('variance', { correction });
  const list = normalizeAxes('variance', axes, x.rank);
  const count = list.reduce((product, axis) => product * x.shape[axis]!, 1);
  return scope(() => {
    const squares = square(sub(x, mean(x, list, { keepDim: true })));
    return mul(sum(squares, list, { keepDim }), 1 / Math.max(count - correction, 0));
  });
}

/**
 * Standard deviation over the axes (default all): the root of `variance`. Its gradient is 0 where it
 * is 0. torch.std.
 * @throws ShapeError, DTypeError, ArgumentError as `variance`.
 */
export function std(
  x: Tensor,
  axes?: number | readonly number[],
  options: VarianceOptions = {},
): Tensor {
  return scope(() => sqrtOrZero(variance(x, axes, options)));
}
