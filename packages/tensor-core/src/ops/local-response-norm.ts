import { ShapeError } from '../errors.ts';
import { aFiniteNumber } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, square } from './arithmetic.ts';
import { pow } from './elementary.ts';
import { reshape } from './layout.ts';
import { pad } from './pad.ts';
import { avgPool } from './pool.ts';
import { requireFinite, requireFloating, requireInteger } from './require.ts';

/** Options of `localResponseNorm`. */
export interface LocalResponseNormOptions {
  /** Default 1e-4. */
  readonly alpha?: number;
  /** Default 0.75. */
  readonly beta?: number;
  /** Default 1. */
  readonly k?: number;
}

const localResponseNormOptions = optionKinds<LocalResponseNormOptions>({
  alpha: aFiniteNumber,
  beta: aFiniteNumber,
  k: aFiniteNumber,
});

/**
 * x / (k + alpha mean of x² over `size` neighbouring channels)^beta, zeros beyond the ends counted in the
 * mean, as PyTorch. Krizhevsky et al., "ImageNet Classification", NIPS 2012, section 3.3.
 * @throws ShapeError below rank 3, DTypeError, ArgumentError for a size below 1.
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  options: LocalResponseNormOptions = {},
): Tensor {
  requireTensor('localResponseNorm', x);
  checkOptions('localResponseNorm', options, localResponseNormOptions);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  if (x.rank < 3) {
    throw new ShapeError(
      `localResponseNorm: expected input [N, C, …], got ${formatShape(x.shape)}`,
    );
  }
  requireInteger('localResponseNorm', 'size', size, 1);
  requireFloating('localResponseNorm', x);
  requireFinite('localResponseNorm', { alpha, beta, k });
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  if (x.size === 0) return x;
  return scope(() => {
    // The channels become a spatial axis, so that neighbours are a pooling window.
    const planes = reshape(square(x), [batch, 1, channels, elementCount(spatial)]);
    const begin = Math.floor(size / 2);
    const padded = pad(planes, [
      [begin, size - 1 - begin],
      [0, 0],
    ]);
    const energy = reshape(avgPool(padded, [size, 1], { stride: 1 }), x.shape);
    return div(x, pow(add(mul(energy, alpha), k), beta));
  });
}
