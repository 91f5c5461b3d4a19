import { checkOptions } from '../options.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { eq, gt, ne } from './comparisons.ts';
import { cast } from './layout.ts';
import { sum } from './reduce.ts';
import { reduceOptions, type ReduceOptions } from './reduce-options.ts';

/** Whether every element over the axes (default all) is other than 0, as bool; true for no elements. */
export function all(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  checkOptions('all', options, reduceOptions);
  return scope(() => eq(sum(cast(eq(x, 0), 'int32'), axes, options), 0));
}

/** Whether some element over the axes (default all) is other than 0, as bool; false for no elements. */
export function any(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  checkOptions('any', options, reduceOptions);
  return scope(() => gt(sum(cast(ne(x, 0), 'int32'), axes, options), 0));
}
