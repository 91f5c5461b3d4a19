import type { RateEntry } from './entries.ts';

/**
 * The rate of the trial with the greatest validation accuracy, then the least validation loss, then the smaller rate;
 * null where every trial failed.
 */
export function chooseRate(trials: readonly RateEntry[]): number | null {
  const [best] = trials
    .filter(({ validationAccuracy }) => validationAccuracy !== null)
    .toSorted(
      (a, b) =>
        b.validationAccuracy! - a.validationAccuracy! ||
        a.validationLoss! - b.validationLoss! ||
        a.rate - b.rate,
    );
  return best?.rate ?? null;
}
