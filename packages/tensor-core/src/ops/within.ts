/** `x`, limited to [low, high]; NaN stays NaN, and a zero that equals a bound keeps its sign, as in PyTorch. */
export function within(x: number, low: number, high: number): number {
  if (x < low) return low;
  return x > high ? high : x;
}
