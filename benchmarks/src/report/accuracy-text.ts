import { percent } from './format.ts';
import { meanOf, spreadOf } from './statistics.ts';

/** Accuracies of trainings that differ in their seed, as a mean. */
export interface AccuracyFigures {
  readonly accuracy: number;
  /** Standard deviation over the seeds; null with one seed. */
  readonly spread: number | null;
  readonly seeds: number;
}

/** Of the accuracies of some seeds, one at least. */
export const figuresOfSeeds = (accuracies: readonly number[]): AccuracyFigures => ({
  accuracy: meanOf(accuracies),
  spread: spreadOf({ accuracies }),
  seeds: accuracies.length,
});

/** '61.2 % ± 0.8 (3 seeds)'. */
export function accuracyText(figures: AccuracyFigures): string {
  const { spread, seeds } = figures;
  return `${shortAccuracyText(figures)} (${spread === null ? 'one seed' : `${seeds} seeds`})`;
}

/** '61.2 % ± 0.8'. */
export function shortAccuracyText({ accuracy, spread }: AccuracyFigures): string {
  return spread === null
    ? percent(accuracy, 1)
    : `${percent(accuracy, 1)} ± ${(spread * 100).toFixed(1)}`;
}
