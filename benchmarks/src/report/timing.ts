import { leastValues, medianInterval } from './median-interval.ts';
import type { Timing } from './row.ts';
import { medianOfSorted } from './statistics.ts';

/**
 * The median of times, the least, and where there are enough the interval that the median is known within.
 * @throws RangeError without times.
 */
export function timingOf(milliseconds: readonly number[]): Timing {
  if (milliseconds.length === 0) throw new RangeError('expected at least one time');
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const samples = sorted.length;
  return {
    median: medianOfSorted(sorted),
    min: sorted[0]!,
    samples,
    ...(samples < leastValues ? {} : { interval: medianInterval(sorted) }),
  };
}

/** Milliseconds that were measured in turns, between which other work was done. */
export type Turns = readonly (readonly number[])[];

/**
 * The same of times of turns. What slows a machine lasts for seconds and meets all times of a turn: so it is their medians that the
 * interval is taken from; few turns are cut into parts.
 * @throws RangeError without times.
 */
export function timingOfTurns(turns: Turns): Timing {
  const timing = timingOf(turns.flat());
  const parts = Math.ceil(leastValues / Math.max(turns.length, 1));
  const medians = turns
    .flatMap((turn) => partsOf(turn, parts))
    .filter(({ length }) => length > 0)
    .map((part) => timingOf(part).median);
  if (medians.length < leastValues) return timing;
  const [low, high] = medianInterval(medians.toSorted((a, b) => a - b));
  // Turns of which some have more times than others may lie to one side.
  const interval = [Math.min(low, timing.median), Math.max(high, timing.median)] as const;
  return { ...timing, interval };
}

/** So many parts that follow each other, about as long. */
export function partsOf(times: readonly number[], parts: number): (readonly number[])[] {
  const end = (part: number): number => Math.floor((part * times.length) / parts);
  return Array.from({ length: parts }, (_, part) => times.slice(end(part), end(part + 1)));
}

/** How far the median may be from the true one, as a share of it; null where too few times tell. */
export function uncertaintyOf({ median, interval }: Timing): number | null {
  if (interval === undefined || median === 0) return null;
  return Math.max(interval[1] - median, median - interval[0]) / median;
}
