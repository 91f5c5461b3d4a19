import { noGrad } from '../autograd.ts';
import { checkOptions } from '../options.ts';
import { scope } from '../scope.ts';
import { normalizeAxes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, sub, where } from './arithmetic.ts';
import { exp, log } from './elementary.ts';
import { isFinite } from './comparisons.ts';
import { reshape } from './layout.ts';
import { max, sum } from './reduce.ts';
import { reduceOptions, type ReduceOptions } from './reduce-options.ts';
import { requireFloating } from './require.ts';

/**
 * log Σ exp(x) over the axes (default all), without overflow. torch.logsumexp.
 * @throws ShapeError for axes that do not exist or hold no elements, DTypeError for integers.
 */
export function logSumExp(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  checkOptions('logSumExp', options, reduceOptions);
  const { keepDim = false } = options;
  requireFloating('logSumExp', x);
  const list = normalizeAxes('logSumExp', axes, x.rank);
  const result = x.shape
    .map((extent, axis) => (list.includes(axis) ? 1 : extent))
    .filter((_, axis) => keepDim || !list.includes(axis));
  return scope(() => {
    // Any shift gives the same result and gradient; an infinite one would give NaN.
    const shift = noGrad(() => {
      const greatest = max(x, list, { keepDim: true });
      return where(isFinite(greatest), greatest, 0);
    });
    const total = sum(exp(sub(x, shift)), list, { keepDim: true });
    return reshape(add(log(total), shift), result);
  });
}
