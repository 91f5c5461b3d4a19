import type { Profile } from '../profile.ts';

/** Sets of the UCR archive that are small enough for any machine. */
export const seriesSets: readonly string[] = ['ArrowHead', 'GunPoint', 'ItalyPowerDemand'];

/**
 * How the networks are trained. The authors train for 1500 epochs, halve the rate where the loss stands still, and keep
 * the weights of the least training loss; one cycle of the rate comes to the same accuracies in a twentieth of that.
 */
export const seriesRecipe: {
  /** Networks that differ in their seed. */
  readonly seeds: number;
  readonly epochs: Readonly<Record<Profile, number>>;
  readonly batchSize: number;
  /** Top of the one-cycle schedule of Adam. */
  readonly maxLearningRate: number;
  /** Share of the steps in which the rate grows. */
  readonly rise: number;
} = {
  seeds: 5,
  epochs: { quick: 80, full: 1500 },
  batchSize: 16,
  maxLearningRate: 1e-3,
  rise: 0.1,
};
