import {
  randomCrop,
  randomGain,
  randomHorizontalFlip,
  type ArrayDataset,
  type BlockDataset,
} from '@convnet/data';

/** What a training does to its samples at random, in this order; peers/pytorch-trainings.py does the same. */
export interface RandomChanges {
  /** Moves by up to so many positions along each spatial axis; zeros come in. */
  readonly move?: number;
  /** Reverses the last axis of every other sample. */
  readonly mirror?: true;
  /** Makes louder or softer by up to so many. */
  readonly decibels?: number;
}

/** The samples as a training sees them. */
export function changed(
  samples: ArrayDataset,
  { move, mirror, decibels }: RandomChanges,
): BlockDataset {
  return samples.withTransforms(
    ...(move === undefined ? [] : [randomCrop({ padding: move })]),
    ...(mirror === undefined ? [] : [randomHorizontalFlip()]),
    ...(decibels === undefined ? [] : [randomGain({ decibels })]),
  );
}
