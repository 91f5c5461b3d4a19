import { classCounts, subset, type BlockDataset } from '@convnet/data';

import type { Attribution } from '../report/report.ts';

/** A set whose rates are chosen on samples that neither train nor test. */
export interface ThreeWaySplit {
  readonly source: Attribution;
  /** Tells sets of other samples apart: the beginning of a SHA-256, or the version of the package they come from. */
  readonly digest: string;
  readonly train: BlockDataset;
  readonly validation: BlockDataset;
  readonly test: BlockDataset;
}

/**
 * Takes the last `perClass` training samples of each class for validation.
 * @param plain the training samples, sorted by class.
 * @param augmented the same samples as the training sees them.
 */
export function validationOfEachClass(
  plain: BlockDataset,
  augmented: BlockDataset,
  perClass: number,
): Pick<ThreeWaySplit, 'train' | 'validation'> {
  const train: number[] = [];
  const validation: number[] = [];
  let end = 0;
  for (const count of classCounts(plain)) {
    const start = end;
    end += count;
    for (let i = start; i < end; i++) (i < end - perClass ? train : validation).push(i);
  }
  return { train: subset(augmented, train), validation: subset(plain, validation) };
}
