import type { Profile } from '../profile.ts';

/** Sets of the UCR archive that are small enough for any machine. */
export const seriesSets: readonly string[] = ['ArrowHead', 'GunPoint', 'ItalyPowerDemand'];

/**
 * How the networks are trained. The authors train for 1500 epochs, halve the rate where the loss stands still, and keep
 * the weights of the least training loss; one cycle of the rate comes to those of ResNet in a twentieth of that; see
 * docs/decisions/0030-time-series-and-videos.md.
 */
export const seriesRecipe: {
  /** Networks that differ in their seed. */
  readonly seeds: number;
  readonly epochs: Readonly<Record<Profile, number>>;
  /** Series of a step, at most. */
  readonly mostOfBatch: number;
  /** Full batches that an epoch has at least: a small set trains in smaller batches, a power of two. */
  readonly leastBatches: number;
  /** Top of the one-cycle schedule of Adam. */
  readonly maxLearningRate: number;
  /** Share of the steps in which the rate grows. */
  readonly rise: number;
} = {
  seeds: 5,
  epochs: { quick: 80, full: 1500 },
  mostOfBatch: 16,
  leastBatches: 3,
  maxLearningRate: 1e-3,
  rise: 0.1,
};

/** Series of a step for a set of so many training series. */
export function batchSizeFor(series: number): number {
  const { mostOfBatch, leastBatches } = seriesRecipe;
  const most = Math.max(1, series / leastBatches);
  return Math.min(mostOfBatch, 2 ** Math.floor(Math.log2(most)));
}
