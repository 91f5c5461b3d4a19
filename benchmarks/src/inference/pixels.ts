/** The elements of an image: waves of several lengths, from -1 to 1. */
export function pixels(shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.011));
}

/** Differences of logits from a peer's that rounding explains, relative to the largest logit. */
const tolerance = 1e-3;

/** @throws Error where the logits of a peer differ by more of the largest than rounding explains. */
export function requireSame(peer: string, difference: number): void {
  // Written so that NaN fails too.
  if (difference <= tolerance) return;
  throw new Error(`logits differ from ${peer}'s by ${difference} of the largest`);
}

/** The greatest difference of two lists of logits, over the greatest of the first; NaN where one of them is. */
export function largestDifference(expected: ArrayLike<number>, got: ArrayLike<number>): number {
  const values = Array.from(expected);
  const scale = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - got[i]!))) / scale;
}
