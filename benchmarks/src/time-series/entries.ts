import {
  ensembleRecords,
  fcn_wang,
  inception_time,
  lite_time,
  resnet_wang,
  ucrRecords,
  type UcrRecord,
} from '@convnet/time-series';

import { byGradient, byRidge, type TrainSeries } from './train-series.ts';

/** A network that is trained on sets of the UCR archive, and what was published of it there. */
export interface SeriesEntry {
  readonly name: string;
  /** 'mean': the mean accuracy of several networks. 'vote': the accuracy of their ensemble. */
  readonly joins: 'mean' | 'vote';
  readonly published: UcrRecord;
  readonly train: TrainSeries;
}

/** Of ten steps in an epoch, as a review of networks for series has it for its own. */
const ofReview =
  (most: number) =>
  (series: number): number =>
    Math.max(1, Math.min(Math.floor(series / 10), most));

/** InceptionTime's authors take what there is, up to 64; those of LITE do the same. */
const together = (series: number): number => Math.min(series, 64);

export const seriesEntries: readonly SeriesEntry[] = [
  {
    name: 'fcn_wang',
    joins: 'mean',
    published: ucrRecords.fcn_wang,
    train: byGradient(fcn_wang, ofReview(16)),
  },
  {
    name: 'resnet_wang',
    joins: 'mean',
    published: ucrRecords.resnet_wang,
    train: byGradient(resnet_wang, ofReview(64)),
  },
  {
    name: 'inception_time',
    joins: 'vote',
    published: ensembleRecords.inception_time,
    train: byGradient(inception_time, together),
  },
  {
    name: 'lite_time',
    joins: 'vote',
    published: ensembleRecords.lite_time,
    train: byGradient(lite_time, together),
  },
  { name: 'mini_rocket', joins: 'mean', published: ucrRecords.mini_rocket, train: byRidge },
];

export const seriesNames: readonly string[] = seriesEntries.map(({ name }) => name);
