/** With fewer values, the median lies outside all that was measured more often than in 5 of 100 runs. */
export const leastValues = 6;

const confidence = 0.95;

/** From here on the binomial distribution is as good as normal, and its smallest chances are no numbers any more. */
const many = 500;

/**
 * The interval that holds the true median in at least 95 of 100 runs, by order statistics, which asks nothing of the
 * distribution: the median lies below the k-th least of n values with the chance that fewer than k of n coins show
 * heads.
 * @param sorted at least `leastValues`, the least first.
 */
export function medianInterval(sorted: readonly number[]): readonly [number, number] {
  const outside = outermost(sorted.length);
  return [sorted[outside]!, sorted[sorted.length - 1 - outside]!];
}

/** How many of `n` sorted values may be left out at each end. */
function outermost(n: number): number {
  // 1.96 standard deviations of the binomial distribution, and one to be on the safe side.
  if (n >= many) return Math.floor(n / 2 - 0.98 * Math.sqrt(n)) - 1;
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
