import { randomCrop } from '@convnet/data';
import { instruments, mnist, type DataSplit } from '@convnet/datasets';

import type { Profile } from './options.ts';

/** A set that networks are compared on, and how they train on it. */
export interface BenchDataset {
  readonly name: string;
  /** Spatial axes of its samples. */
  readonly dims: 1 | 2;
  /** What its samples are called. */
  readonly unit: string;
  /** Passes over the training set, where the time allows. */
  readonly epochs: Readonly<Record<Profile, number>>;
  readonly batchSize: number;
  /** Top of the one-cycle schedule of Adam. */
  readonly maxLearningRate: number;
  /** What a reader of its accuracies must know, in one sentence. */
  readonly remark?: string;
  readonly load: () => Promise<DataSplit>;
}

/** MNIST whose training digits are moved by up to one pixel. */
async function shiftedDigits(dims: 1 | 2): Promise<DataSplit> {
  const split = await mnist({ dims });
  return { ...split, train: split.train.withTransforms(randomCrop({ padding: 1 })) };
}

/** The sets, in the order in which they are run. */
export const datasets: readonly BenchDataset[] = [
  {
    name: 'mnist',
    dims: 2,
    unit: 'images',
    epochs: { quick: 4, full: 12 },
    batchSize: 128,
    maxLearningRate: 0.006,
    load: () => shiftedDigits(2),
  },
  {
    name: 'mnist',
    dims: 1,
    unit: 'images',
    epochs: { quick: 4, full: 12 },
    batchSize: 128,
    maxLearningRate: 0.006,
    load: () => shiftedDigits(1),
  },
  {
    name: 'instruments',
    dims: 1,
    unit: 'windows of sound',
    epochs: { quick: 8, full: 24 },
    batchSize: 64,
    maxLearningRate: 0.003,
    remark:
      'instruments: windows of one note are mostly right or wrong together, and 31 notes test, so differences ' +
      'below 5 points mean nothing.',
    load: instruments,
  },
];

export const datasetNames: readonly string[] = [...new Set(datasets.map(({ name }) => name))];
