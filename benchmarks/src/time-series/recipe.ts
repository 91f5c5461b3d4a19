import type { Profile } from '../profile.ts';

/** Sets of the UCR archive that are small enough for any machine. */
export const seriesSets: readonly string[] = ['ArrowHead', 'GunPoint', 'ItalyPowerDemand'];

/** Networks of a row, which differ in their seed. */
export const seriesSeeds = 5;

/**
 * How networks are trained in minutes: one cycle of the rate comes to the accuracies of ResNet in a twentieth of the epochs that the
 * authors take; see docs/decisions/0030-time-series-and-videos.md.
 */
export const cycleRecipe: {
  readonly epochs: number;
  /** Series of a step, at most. */
  readonly mostOfBatch: number;
  /** Full batches that an epoch has at least: a small set trains in smaller batches, a power of two. */
  readonly leastBatches: number;
  /** Top of the one-cycle schedule of Adam. */
  readonly maxLearningRate: number;
  /** Share of the steps in which the rate grows. */
  readonly rise: number;
} = {
  epochs: 80,
  mostOfBatch: 16,
  leastBatches: 3,
  maxLearningRate: 1e-3,
  rise: 0.1,
};

/**
 * How the authors train (github.com/hfawaz/dl-4-tsc and InceptionTime): the rate of Adam is halved where the training loss stands still, and
 * the weights of the least training loss are kept.
 */
export const authorsRecipe: {
  readonly epochs: number;
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly factor: number;
  /** Epochs without a smaller loss that are let pass. */
  readonly patience: number;
} = { epochs: 1500, learningRate: 1e-3, minLearningRate: 1e-4, factor: 0.5, patience: 50 };

/** Passes over a set. */
export const seriesEpochs: Readonly<Record<Profile, number>> = {
  quick: cycleRecipe.epochs,
  full: authorsRecipe.epochs,
};

/** Series of a step of one cycle for a set of so many training series. */
export function cycleBatchSize(series: number): number {
  const { mostOfBatch, leastBatches } = cycleRecipe;
  const most = Math.max(1, series / leastBatches);
  return Math.min(mostOfBatch, 2 ** Math.floor(Math.log2(most)));
}
