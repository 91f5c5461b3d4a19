import {
  randomCrop,
  randomHorizontalFlip,
  type ArrayDataset,
  type BlockDataset,
} from '@convnet/data';
import type { Recording } from '@convnet/data/signal';
import {
  cifar10,
  cifar100,
  emnist,
  fashionMnist,
  fsdd,
  kmnist,
  mnist,
  progressBar,
  qmnist,
  quickdrawBitmaps,
  speechCommands,
  ucr,
} from '@convnet/datasets';

import { unknownName, UsageError } from '../errors.ts';
import { requireFolder } from './folder.ts';
import type { OpenedData, RawSet, RawSplit } from './opened-data.ts';
import type { DataRequest } from './request.ts';
import { openSignals } from './signals.ts';

interface Place {
  readonly folder?: string;
  readonly onProgress: ReturnType<typeof progressBar>;
}

type ArraySplit = { readonly train: ArrayDataset; readonly test: ArrayDataset };

/** Sets of arrays; those of 28 x 28 pixels can be had as signals too. */
const arrays: Readonly<Record<string, (place: Place & { dims?: 1 | 2 }) => Promise<ArraySplit>>> = {
  mnist,
  'fashion-mnist': fashionMnist,
  kmnist,
  emnist,
  qmnist,
};

const photographs: Readonly<Record<string, (place: Place) => Promise<ArraySplit>>> = {
  cifar10,
  cifar100,
};

interface RecordingSplit {
  readonly train: RawSet<Recording>;
  readonly test: RawSet<Recording>;
}

const recordings: Readonly<
  Record<string, (place: Place & { sampleRate?: number }) => Promise<RecordingSplit>>
> = { fsdd, 'speech-commands': speechCommands };

/** Names of the sets; of the UCR archive each problem is one, of QuickDraw the chosen categories are. */
export const setNames: readonly string[] = [
  ...Object.keys(arrays),
  ...Object.keys(photographs),
  ...Object.keys(recordings),
  'ucr/<problem>',
  'quickdraw/<category>,<category>…',
];

/**
 * A set by its name, from `folder` or downloaded.
 * @throws UsageError for a name that is none; errors of @convnet/datasets.
 */
export async function openSet(name: string, request: DataRequest): Promise<OpenedData> {
  const { folder, dims, sampleRate } = request;
  if (folder !== undefined) await requireFolder(folder);
  const place = { ...(folder === undefined ? {} : { folder }), onProgress: progressBar() };
  if (name.startsWith('ucr/')) {
    requireRank(name, dims, 1);
    const { missing } = request;
    return openSignals(
      ofClasses(await ucr<Recording>(name.slice(4), { ...place, missing })),
      request,
    );
  }
  if (name.startsWith('quickdraw/')) {
    const rank = dims === 1 || dims === 2 ? { dims } : {};
    const classes = name.slice(10).split(',');
    const { train, test } = await quickdrawBitmaps({ ...place, ...rank, classes });
    return ofArrays(train, train, test);
  }
  const asRecordings = own(recordings, name);
  if (asRecordings !== undefined) {
    requireRank(name, dims, 1);
    const rate = sampleRate === undefined ? {} : { sampleRate };
    return openSignals(ofClasses(await asRecordings({ ...place, ...rate })), request);
  }
  const asPhotographs = own(photographs, name);
  if (asPhotographs !== undefined) {
    requireRank(name, dims, 2);
    const { train, test } = await asPhotographs(place);
    const changed = train.withTransforms(randomCrop({ padding: 4 }), randomHorizontalFlip());
    return ofArrays(request.augment ? changed : train, train, test);
  }
  const asArrays = own(arrays, name);
  if (asArrays === undefined) throw unknownName('set', name, setNames);
  const { train, test } = await asArrays({ ...place, ...(dims === undefined ? {} : { dims }) });
  return ofArrays(train, train, test);
}

function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.entries(table).find(([key]) => key === name)?.[1];
}

function requireRank(name: string, dims: number | undefined, rank: number): void {
  if (dims === undefined || dims === rank) return;
  throw new UsageError(`--set ${name}: expected --dims ${rank}, got ${dims}`);
}

const ofClasses = ({ train, test }: RecordingSplit): RawSplit<Recording> => ({
  train,
  test,
  task: { kind: 'classification', classes: train.classes ?? [] },
});

function ofArrays(train: BlockDataset, plainTrain: BlockDataset, test: BlockDataset): OpenedData {
  return {
    train,
    plainTrain,
    test,
    task: { kind: 'classification', classes: train.classes },
    preprocessing: { kind: 'array', inputShape: train.inputShape },
    notes: [],
    leftOut: [],
  };
}
