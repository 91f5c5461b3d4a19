import type { Dataset, LabelledSample } from '@convnet/data';

import type { Preprocessing } from './preprocessing.ts';

/** A file that was left out, and why. */
export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

/** Sets that a network can be trained and tested with. */
export interface OpenedData {
  readonly train: Dataset<LabelledSample>;
  readonly test: Dataset<LabelledSample>;
  /** The training samples as they are tested: without random changes. */
  readonly plainTrain: Dataset<LabelledSample>;
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** What the user should know of what was found and decided. */
  readonly notes: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** Samples before the network's own preparation: decoded files with the numbers of their classes. */
export type RawSet<From> = Dataset<readonly [From, number]>;

/** Raw sets for training and for testing. */
export interface RawSplit<From> {
  readonly train: RawSet<From>;
  readonly test: RawSet<From>;
}
