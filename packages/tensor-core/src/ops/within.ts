/**
 * `x`, limited to [low, high], or `high` where that is below `low`; NaN stays NaN, and a zero that equals a bound keeps its sign,
 * as in PyTorch.
 */
export function within(x: number, low: number, high: number): number {
  const raised = x < low ? low : x;
  return raised > high ? high : raised;
}
