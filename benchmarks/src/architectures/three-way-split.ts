import { subset, type BlockDataset } from '@convnet/data';

import type { Attribution } from '../report/report.ts';
import type { RandomChanges } from './random-changes.ts';

/** A set whose rates are chosen on samples that neither train nor test. */
export interface ThreeWaySplit {
  readonly source: Attribution;
  /** Tells sets of other samples apart: the beginning of a SHA-256, or the version of the package they come from. */
  readonly digest: string;
  readonly train: BlockDataset;
  /** What random numbers do to `train`. */
  readonly changes: RandomChanges;
  readonly validation: BlockDataset;
  readonly test: BlockDataset;
}

/** Training samples whose classes are known. */
type Labelled = BlockDataset & { readonly labels: ArrayLike<number> };

/**
 * Takes the last training samples of each class for validation.
 * @param plain the training samples.
 * @param augmented the same samples as the training sees them.
 * @param validating how many of a class that has so many.
 */
export function validationOfEachClass(
  plain: Labelled,
  augmented: BlockDataset,
  validating: (count: number) => number,
): Pick<ThreeWaySplit, 'train' | 'validation'> {
  const labels = Int32Array.from(plain.labels);
  const left = plain.classes.map(() => 0);
  for (const label of labels) left[label]! += 1;
  const lastOfClass = left.map(validating);
  const train: number[] = [];
  const validation: number[] = [];
  for (const [i, label] of labels.entries()) {
    (left[label]! > lastOfClass[label]! ? train : validation).push(i);
    left[label]! -= 1;
  }
  return { train: subset(augmented, train), validation: subset(plain, validation) };
}
