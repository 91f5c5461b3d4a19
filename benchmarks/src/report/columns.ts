import { count, digits, dimensions, extents, fixed, percent, short } from './format.ts';
import type { Row, Timing } from './row.ts';
import { meanOf, spreadOf } from './statistics.ts';
import { uncertaintyOf } from './timing.ts';

/** A column of a table of results. */
export interface Column {
  /** Title, as the lines of a narrow table's head. */
  readonly title: readonly string[];
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /** What narrow tables show instead. */
  readonly narrow?: Narrow;
  /** Whether the narrowest tables go without it. */
  readonly optional?: boolean;
}

interface Narrow {
  readonly title?: readonly string[];
  readonly cell?: (row: Row) => string;
}

const left = (title: readonly string[], cell: Column['cell']): Column => ({
  title,
  align: 'left',
  cell,
});

const right = (title: readonly string[], cell: Column['cell'], narrow: Narrow = {}): Column => ({
  title,
  align: 'right',
  cell,
  narrow,
});

export const model: Column = left(['architecture'], (row) => row.model);
export const kernel: Column = left(['kernel'], (row) => row.model);
export const datasetAndDims: Column = left(
  ['data set'],
  (row) => `${row.dataset ?? '–'} ${dimensions(row.dims)}`,
);
export const input: Column = left(['input'], (row) => extents(row.inputShape));
export const params: Column = right(['parameters'], (row) => count(row.params), {
  title: ['params'],
  cell: (row) => short(row.params),
});
export const macs: Column = right(['MACs'], (row) => count(row.macs), {
  cell: (row) => short(row.macs),
});
export const accuracy: Column = right(['test', 'accuracy'], (row) => percent(row.accuracy));
export const trainingSeconds: Column = right(['seconds', 'to train'], (row) =>
  digits(row.training?.seconds),
);
/** Where the median is known less well than to this share, the cell says how well. */
const noticeable = 0.05;

/** How well the median is known, where that is to be said; of few times, how many they are. */
function caution(ms: Timing | null | undefined): string {
  if (ms === null || ms === undefined) return '';
  const uncertainty = uncertaintyOf(ms);
  if (uncertainty === null) return ms.samples === undefined ? '' : ` (of ${ms.samples})`;
  return uncertainty < noticeable ? '' : ` ±${percent(uncertainty, 0)}`;
}

/** A median, and how well it is known. */
const known = (ms: Timing | null | undefined): string => `${digits(ms?.median)}${caution(ms)}`;

export const median: Column = right(['ms', 'median'], ({ ms }) => known(ms));
/** Of steps alone, by the median time of one. */
export const stepSpeed: Column = right(
  ['samples', 'per second'],
  ({ ms, training }) =>
    ms === null || training === undefined
      ? count(null)
      : `${count((1000 * Math.min(training.batchSize, training.trainSamples)) / ms.median)}${caution(ms)}`,
  { title: ['samples', 'per s'] },
);
export const min: Column = right(['ms', 'least'], (row) => digits(row.ms?.min));
export const peer: Column = left(['peer'], (row) =>
  row.peer === undefined ? '–' : `${row.peer.name} ${row.peer.version}`,
);
export const peerMedian: Column = right(['its ms', 'median'], ({ peer: beside }) =>
  known(beside?.ms),
);
export const peerMin: Column = right(['its ms', 'least'], (row) => digits(row.peer?.ms.min));
export const ratio: Column = right(['ratio of', 'medians'], (row) => fixed(row.ratio));
export const ratioOfMinima: Column = right(['ratio of', 'minima'], (row) =>
  fixed(row.ratioOfMinima),
);
export const gflops: Column = right(['GFLOP/s'], (row) => digits(row.kernel?.gflops));
export const gigabytes: Column = right(['GB/s'], (row) => digits(row.kernel?.gigabytesPerSecond));

export const accuracyAndSpread: Column = right(['test', 'accuracy'], (row) => {
  const spread = spreadOf(row);
  return spread === null
    ? percent(row.accuracy)
    : `${percent(row.accuracy, 1)} ± ${(spread * 100).toFixed(1)}`;
});
export const seeds: Column = right(['seeds'], ({ comparison }) =>
  comparison === undefined
    ? count(null)
    : comparison.seeds.length === comparison.plannedSeeds
      ? count(comparison.seeds.length)
      : `${comparison.seeds.length} of ${comparison.plannedSeeds}`,
);
export const rate: Column = {
  ...right(['rate'], ({ comparison }) =>
    comparison === undefined ? '–' : String(comparison.rate),
  ),
  optional: true,
};
export const passes: Column = {
  ...right(['passes'], ({ comparison, training }) =>
    comparison === undefined || training === undefined
      ? count(null)
      : training.epochs === comparison.recipeEpochs
        ? count(training.epochs)
        : `${training.epochs} of ${comparison.recipeEpochs}`,
  ),
  optional: true,
};
export const coreSeconds: Column = right(['core s', 'to train'], ({ comparison }) =>
  comparison === undefined
    ? count(null)
    : count(meanOf(comparison.seeds.map((seed) => seed.coreSeconds))),
);
export const inferenceMedian: Column = right(['ms for', 'one'], ({ comparison }) =>
  known(comparison?.inference),
);

export const backend: Column = left(['backend'], (row) => row.backend);
export const onDeviceInference: Column = right(['ms for', 'one sample'], ({ onDevice }) =>
  known(onDevice?.inference),
);
export const inferenceGmacs: Column = {
  ...right(['GMAC/s', 'inference'], ({ onDevice }) => digits(onDevice?.inferenceGmacs)),
  optional: true,
};
export const trainingGmacs: Column = right(['GMAC/s', 'training'], ({ onDevice }) =>
  digits(onDevice?.trainingGmacs),
);
export const shareOfLimit: Column = right(['share of', 'its limit'], ({ onDevice }) =>
  percent(onDevice?.shareOfLimit, 0),
);
export const onDeviceMemory: Column = {
  ...right(['memory'], ({ onDevice }) =>
    onDevice === undefined ? count(null) : `${short(onDevice.memoryBytes)}B`,
  ),
  optional: true,
};
