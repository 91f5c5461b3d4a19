import { ArgumentError, aFiniteNumber, requireKind } from '@convnet/tensor-core';

/**
 * The multiple of `divisor` nearest to a width, at least `least` and at most a tenth below the width: how
 * MobileNet and its successors round the number of channels that a multiplier gives.
 * @throws ArgumentError for a width that is not above 0.
 */
export function makeDivisible(width: number, divisor = 8, least: number = divisor): number {
  requireKind('makeDivisible', 'divisor', divisor, aFiniteNumber);
  requireKind('makeDivisible', 'least', least, aFiniteNumber);
  if (!(typeof width === 'number' && width > 0 && width < Infinity)) {
    throw new ArgumentError(`expected a number of channels above 0, got ${width}: check widthMult`);
  }
  const nearest = Math.max(least, Math.floor((width + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * width ? nearest + divisor : nearest;
}
