import { ArgumentError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { elu } from './activations.ts';
import { mul, where } from './arithmetic.ts';
import { expm1 } from './elementary.ts';
import { gt } from './comparisons.ts';
import { requireFinite, requireFloating } from './require.ts';

/**
 * x where positive, else alpha (exp(x / alpha) - 1): an elu whose slope at 0 is 1 for every alpha. Barron, "Continuously
 * Differentiable Exponential Linear Units", 2017. torch.nn.functional.celu.
 * @throws ArgumentError for an alpha that is 0 or not finite, DTypeError for integers.
 */
export function celu(x: Tensor, alpha = 1): Tensor {
  requireFloating('celu', x);
  requireFinite('celu', { alpha });
  if (alpha === 0) throw new ArgumentError('celu: expected an alpha other than 0, got 0');
  if (alpha === 1) return elu(x);
  return scope(() => {
    const scaled = mul(x, 1 / alpha);
    // Neither grows where x is positive: what is not taken must have a finite gradient.
    const below = alpha > 0 ? elu(scaled) : expm1(scaled);
    return where(gt(x, 0), x, mul(below, alpha));
  });
}
