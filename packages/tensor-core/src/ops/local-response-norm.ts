import { ArgumentError, ShapeError } from '../errors.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, pow, square } from './arithmetic.ts';
import { reshape } from './layout.ts';
import { pad } from './move.ts';
import { avgPool } from './pool.ts';

export interface LocalResponseNormOptions {
  /** Default 1e-4. */
  readonly alpha?: number;
  /** Default 0.75. */
  readonly beta?: number;
  /** Default 1. */
  readonly k?: number;
}

/**
 * x / (k + alpha mean of x² over `size` neighbouring channels)^beta, zeros beyond the ends counted in the
 * mean, as PyTorch. Krizhevsky et al., "ImageNet Classification", NIPS 2012, section 3.3.
 * @throws ShapeError below rank 3, ArgumentError for a size below 1.
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): Tensor {
  if (x.rank < 3) {
    throw new ShapeError(
      `localResponseNorm: expected input [N, C, …], got ${formatShape(x.shape)}`,
    );
  }
  if (!Number.isInteger(size) || size < 1) {
    throw new ArgumentError(
      `localResponseNorm: expected a size that is an integer ≥ 1, got ${size}`,
    );
  }
  const [batch, channels] = x.shape as [number, number];
  const positions = x.size / (batch * channels);
  // The channels become a spatial axis, so that neighbours are a pooling window.
  const planes = reshape(square(x), [batch, 1, channels, positions]);
  const begin = Math.floor(size / 2);
  const padded = pad(planes, [
    [begin, size - 1 - begin],
    [0, 0],
  ]);
  const energy = reshape(avgPool(padded, [size, 1], { stride: 1 }), x.shape);
  return div(x, pow(add(mul(energy, alpha), k), beta));
}
