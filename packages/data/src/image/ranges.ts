import { requireKind, type Kind } from '@convnet/tensor-core';

/** [low, high] within bounds. */
export function rangeWithin(least: number, most: number): Kind {
  const bounds =
    least === -Infinity
      ? ''
      : ` from ${least === Number.MIN_VALUE ? 'above 0' : least}${most === Infinity ? '' : ` to ${most}`}`;
  return {
    expected: `[low, high]${bounds}`,
    accepts: (value) =>
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((end) => Number.isFinite(end) && end >= least && end <= most) &&
      value[0] <= value[1],
  };
}

/** A number, or [low, high]: what it may be in the end is looked at elsewhere. */
export const anAmount: Kind = {
  expected: 'a finite number or [low, high]',
  accepts: (value) => Number.isFinite(value) || rangeWithin(-Infinity, Infinity).accepts(value),
};

/** @throws ArgumentError for what is no [low, high] from `least` to `most`. */
export function requireRange(
  where: string,
  name: string,
  range: unknown,
  least: number,
  most: number,
): void {
  requireKind(where, name, range, rangeWithin(least, most));
}

/** From -`value` to `value`, or the range given. */
export function symmetric(
  where: string,
  name: string,
  value: number | readonly [number, number],
): readonly [number, number] {
  const range = typeof value === 'number' ? ([-value, value] as const) : value;
  requireRange(where, name, range, -Infinity, Infinity);
  return range;
}
