import type { Tensor } from '../tensor.ts';
import { where } from './arithmetic.ts';
import { pow, sqrt } from './elementary.ts';
import { ne } from './comparisons.ts';

/** Square root whose gradient at 0 is 0 instead of infinite, as PyTorch's `std` and `norm` have it. */
export function sqrtOrZero(x: Tensor): Tensor {
  const nonzero = ne(x, 0);
  return where(nonzero, sqrt(where(nonzero, x, 1)), 0);
}

/** Power whose gradient at 0 is 0 for exponents below 1 too. */
export function powOrZero(x: Tensor, exponent: number): Tensor {
  const nonzero = ne(x, 0);
  return where(nonzero, pow(where(nonzero, x, 1), exponent), 0);
}
