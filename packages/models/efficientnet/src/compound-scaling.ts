import { aFiniteNumber, requireKind } from '@convnet/tensor-core';

/** Factors of the number of layers and of their widths, and the extent of the input. */
export interface Scaling {
  readonly depth: number;
  readonly width: number;
  /** Pixels on each side. */
  readonly resolution: number;
}

/**
 * Depth 1.2^φ, width 1.1^φ and resolution 224 · 1.15^φ: equation 3 of the paper with the constants that its
 * authors found for b0. Work grows as depth · width² · resolution², so by about 2^φ. φ = 1 and 2 give b2 and
 * b3; the coefficients of the other published networks were chosen near this rule.
 * @throws ArgumentError for a phi that is no finite number.
 */
export function compoundScaling(phi: number): Scaling {
  requireKind('compoundScaling', 'phi', phi, aFiniteNumber);
  return { depth: 1.2 ** phi, width: 1.1 ** phi, resolution: Math.round(224 * 1.15 ** phi) };
}
