import { scope } from '../scope.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, square } from './arithmetic.ts';
import { sum } from './reduce.ts';
import { requireFloating } from './require.ts';
import { sqrtOrZero } from './root-at-zero.ts';

/**
 * Shrinks the vectors along `axis` to a length below 1: |s|² / (1 + |s|²) s / |s|, and 0 for 0. Sabour et
 * al., "Dynamic Routing Between Capsules", NIPS 2017, equation 1.
 * @throws ShapeError for an axis that does not exist, DTypeError for integers.
 */
export function squash(x: Tensor, axis = -1): Tensor {
  requireFloating('squash', x);
  const along = normalizeAxis('squash', axis, x.rank);
  return scope(() => {
    const squared = sum(square(x), along, { keepDim: true });
    return mul(x, div(sqrtOrZero(squared), add(squared, 1)));
  });
}
