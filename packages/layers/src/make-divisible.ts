/**
 * The multiple of `divisor` nearest to `value`, at least `least` and at most a tenth below `value`: how
 * MobileNet and its successors round the widths that a multiplier gives.
 */
export function makeDivisible(value: number, divisor = 8, least: number = divisor): number {
  const nearest = Math.max(least, Math.floor((value + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * value ? nearest + divisor : nearest;
}
