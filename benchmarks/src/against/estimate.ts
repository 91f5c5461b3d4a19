/** A ratio that was measured in several rounds. */
export interface Estimate {
  /** The median of the rounds. */
  readonly ratio: number;
  /** Between these lies the true median in at least 95 of 100 such runs. */
  readonly low: number;
  readonly high: number;
}

const confidence = 0.95;

/** With fewer, the median lies outside all that was measured more often than in 5 of 100 runs. */
export const leastRounds = 6;

/**
 * The median of what the rounds gave, and its interval by order statistics, which asks nothing of the distribution:
 * the median lies below the k-th least of n values with the chance that fewer than k of n coins show heads.
 *
 * @throws RangeError with fewer than `leastRounds` values.
 */
export function estimateOf(values: readonly number[]): Estimate {
  const n = values.length;
  if (n < leastRounds) throw new RangeError(`expected at least ${leastRounds} rounds, got ${n}`);
  const sorted = values.toSorted((a, b) => a - b);
  const outside = outermost(n);
  const middle = n >> 1;
  const ratio = n % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { ratio, low: sorted[outside]!, high: sorted[n - 1 - outside]! };
}

/** How many of `n` sorted values may be left out at each end. */
function outermost(n: number): number {
  let chance = 0.5 ** n;
  let below = chance;
  let count = 0;
  for (;;) {
    chance *= (n - count) / (count + 1);
    below += chance;
    if (2 * below > 1 - confidence) return count;
    count++;
  }
}
