import { aBoolean, aFiniteNumber } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import { normalizeAxes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, square, sub, where } from './arithmetic.ts';
import { eq } from './comparisons.ts';
import { slice } from './move.ts';
import { mean, sum, type ReduceOptions } from './reduce.ts';
import { requireFinite, requireFloating } from './require.ts';
import { sqrtOrZero } from './root-at-zero.ts';

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements to divide by. Default 1 (unbiased); 0 for the biased variance. */
  readonly correction?: number;
}

const varianceOptions = optionKinds<VarianceOptions>({
  correction: aFiniteNumber,
  keepDim: aBoolean,
});

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
  checkOptions('variance', options, varianceOptions);
  const { correction = 1, keepDim = false } = options;
  requireFloating('variance', x);
  requireFinite('variance', { correction });
  const list = normalizeAxes('variance', axes, x.rank);
  const count = list.reduce((product, axis) => product * x.shape[axis]!, 1);
  return scope(() => {
    const rough = sub(x, aboutMean(x.detach(), list, count));
    // No gradient flows through the mean: whatever is subtracted, the variance is the same.
    const distances = sub(rough, mean(rough.detach(), list, { keepDim: true }));
    return mul(sum(square(distances), list, { keepDim }), 1 / Math.max(count - correction, 0));
  });
}

/**
 * The mean but for what rounding does to it, or 0 where its sum overflows. It comes by way of the distances from one
 * of the values: of equal values it is that value.
 */
function aboutMean(x: Tensor, axes: readonly number[], count: number): Tensor {
  if (count === 0 || x.size === 0) return mean(x, axes, { keepDim: true });
  const first = axes.reduce((t, axis) => slice(t, axis, 0, 1), x);
  const near = add(first, mean(sub(x, first), axes, { keepDim: true }));
  return where(eq(sub(near, near), 0), near, 0);
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
  checkOptions('std', options, varianceOptions);
  return scope(() => sqrtOrZero(variance(x, axes, options)));
}
