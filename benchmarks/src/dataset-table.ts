import { randomCrop } from '@convnet/data';
import { instruments, mnist, quickdraw, quickdrawClasses, type DataSplit } from '@convnet/datasets';

/** A set that networks are compared on, and how they train on it. */
export interface BenchDataset {
  readonly name: string;
  /** Spatial axes of its samples. */
  readonly dims: 1 | 2;
  /** What its samples are called. */
  readonly unit: string;
  /** Passes over the training set, where the time allows. */
  readonly epochs: number;
  readonly batchSize: number;
  /** Top of the one-cycle schedule of Adam. */
  readonly maxLearningRate: number;
  /** Whether it is never cut: its accuracies are compared with published ones. */
  readonly whole?: true;
  /** The networks that train on it unless others are asked for. Default: all. */
  readonly networks?: readonly string[];
  /** Whether it is left out unless it is asked for. */
  readonly onRequest?: true;
  /** What a reader of its accuracies must know, in one sentence. */
  readonly remark?: string;
  readonly load: () => Promise<DataSplit>;
}

/** MNIST is too easy to tell larger networks apart; here it shows what a LeNet reaches. */
const lenets = ['lenet5_relu'];

/** MNIST whose training digits are moved by up to one pixel. */
async function shiftedDigits(dims: 1 | 2): Promise<DataSplit> {
  const split = await mnist({ dims });
  return { ...split, train: split.train.withTransforms(randomCrop({ padding: 1 })) };
}

/** Categories of QuickDraw: evenly spread over the alphabet. */
const categories = 25;

/** Drawings on paper of 32x32, which the training moves by up to two pixels. */
async function shiftedDrawings(dims: 1 | 2): Promise<DataSplit> {
  const all = quickdrawClasses();
  const classes = Array.from(
    { length: categories },
    (_, i) => all[Math.floor((i * all.length) / categories)]!,
  );
  const split = await quickdraw({ dims, classes, side: 32 });
  return { ...split, train: split.train.withTransforms(randomCrop({ padding: 2 })) };
}

/** The sets, in the order in which they are shown. */
export const datasets: readonly BenchDataset[] = [
  {
    name: 'mnist',
    dims: 2,
    unit: 'images',
    epochs: 2,
    batchSize: 128,
    maxLearningRate: 0.006,
    whole: true,
    networks: lenets,
    load: () => shiftedDigits(2),
  },
  {
    name: 'quickdraw',
    dims: 2,
    unit: 'drawings',
    epochs: 12,
    batchSize: 32,
    maxLearningRate: 0.006,
    load: () => shiftedDrawings(2),
  },
  {
    name: 'mnist',
    dims: 1,
    unit: 'images',
    epochs: 2,
    batchSize: 128,
    maxLearningRate: 0.006,
    whole: true,
    networks: lenets,
    load: () => shiftedDigits(1),
  },
  {
    name: 'quickdraw',
    dims: 1,
    unit: 'drawings',
    epochs: 15,
    batchSize: 32,
    maxLearningRate: 0.006,
    load: () => shiftedDrawings(1),
  },
  {
    name: 'instruments',
    onRequest: true,
    dims: 1,
    unit: 'windows of sound',
    epochs: 1,
    batchSize: 32,
    maxLearningRate: 0.006,
    remark:
      'instruments: windows of one note are mostly right or wrong together, and 31 notes test, so differences ' +
      'below 5 points mean nothing.',
    load: instruments,
  },
];

export const datasetNames: readonly string[] = [...new Set(datasets.map(({ name }) => name))];
