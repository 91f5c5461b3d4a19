import { leastValues, medianInterval } from '../report/median-interval.ts';
import { medianOfSorted } from '../report/statistics.ts';

/** A ratio that was measured in several rounds. */
export interface Estimate {
  /** The median of the rounds. */
  readonly ratio: number;
  /** Between these lies the true median in at least 95 of 100 such runs. */
  readonly low: number;
  readonly high: number;
}

/** With fewer, nothing can be said. */
export const leastRounds: number = leastValues;

/**
 * The median of what the rounds gave, and its interval by order statistics.
 *
 * @throws RangeError with fewer than `leastRounds` values.
 */
export function estimateOf(values: readonly number[]): Estimate {
  const n = values.length;
  if (n < leastRounds) throw new RangeError(`expected at least ${leastRounds} rounds, got ${n}`);
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = medianInterval(sorted);
  const ratio = medianOfSorted(sorted);
  return { ratio, low, high };
}
