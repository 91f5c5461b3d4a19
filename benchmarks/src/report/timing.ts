import type { Timing } from './row.ts';

/** @throws RangeError without times. */
export function timingOf(milliseconds: readonly number[]): Timing {
  if (milliseconds.length === 0) throw new RangeError('expected at least one time');
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]! };
}
