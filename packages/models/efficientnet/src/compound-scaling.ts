/** Factors of the number of layers and of their widths, and the extent of the input. */
export interface Scaling {
  readonly depth: number;
  readonly width: number;
  /** Pixels on each side. */
  readonly resolution: number;
}

/**
 * Depth 1.2^φ, width 1.1^φ and resolution 224 · 1.15^φ: equation 3 of the paper with the constants that its
 * authors found for b0. Work grows as depth · width² · resolution² ≈ 2^φ. Rounded, φ = 0.5, 1 and 2 give
 * b1, b2 and b3; the larger published networks are a little larger than this rule.
 */
export function compoundScaling(phi: number): Scaling {
  return { depth: 1.2 ** phi, width: 1.1 ** phi, resolution: Math.round(224 * 1.15 ** phi) };
}
