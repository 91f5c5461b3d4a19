import { aString, instanceOf, listOf, numbers, type Kind } from '@convnet/tensor-core';

import { isBlockDataset, isDataset, isIterableDataset } from './dataset/dataset.ts';
import { isHostArray } from './dataset/host-array.ts';

/** Samples by number. */
export const aDataset: Kind = {
  expected: 'a data set with length and get',
  accepts: (value) => isDataset(value),
};
/** Samples of one shape in memory. */
export const aBlockDataset: Kind = {
  expected: 'a data set with inputShape and fill',
  accepts: (value) => isBlockDataset(value) && isDataset(value),
};
/** Whatever a loader reads. */
export const anyDataset: Kind = {
  expected: 'a data set with length and get, with inputShape and fill, or with iterate',
  accepts: (value) => isDataset(value) || isBlockDataset(value) || isIterableDataset(value),
};

export const aUint8Array: Kind = instanceOf('a Uint8Array', Uint8Array);
export const aFloat32Array: Kind = instanceOf('a Float32Array', Float32Array);
export const anInt32Array: Kind = instanceOf('an Int32Array', Int32Array);
export const classNames: Kind = listOf(aString);

/** [low, high], whose order and bounds are looked at elsewhere. */
export const aPair: Kind = {
  expected: 'a list of two finite numbers',
  accepts: (value) => numbers.accepts(value) && (value as readonly number[]).length === 2,
};

/** Numbers with a shape. */
export const aHostArray: Kind = {
  expected: 'an array { data, shape }',
  accepts: (value) => isHostArray(value),
};
/** What networks take: float32. */
export const aFloatArray: Kind = {
  expected: 'an array { data, shape } of float32',
  accepts: (value) => isHostArray(value) && value.data instanceof Float32Array,
};
