import {
  ensembleRecords,
  fcn_wang,
  inception_time,
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

export const seriesEntries: readonly SeriesEntry[] = [
  {
    name: 'fcn_wang',
    joins: 'mean',
    published: ucrRecords.fcn_wang,
    train: byGradient(fcn_wang),
  },
  {
    name: 'resnet_wang',
    joins: 'mean',
    published: ucrRecords.resnet_wang,
    train: byGradient(resnet_wang),
  },
  {
    name: 'inception_time',
    joins: 'vote',
    published: ensembleRecords.inception_time,
    train: byGradient(inception_time),
  },
  { name: 'mini_rocket', joins: 'mean', published: ucrRecords.mini_rocket, train: byRidge },
];

export const seriesNames: readonly string[] = seriesEntries.map(({ name }) => name);
