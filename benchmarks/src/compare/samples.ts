import { enlarge, subset, type BlockDataset } from '@convnet/data';

/** At most `limit` samples; a sorted set is cut evenly. */
export function atMost(dataset: BlockDataset, limit: number): BlockDataset {
  if (dataset.length <= limit) return dataset;
  const step = dataset.length / limit;
  return subset(
    dataset,
    Int32Array.from({ length: limit }, (_, i) => Math.floor(i * step)),
  );
}

/** Each sample so many times. */
export function repeated(dataset: BlockDataset, times: number): BlockDataset {
  if (times === 1) return dataset;
  const { length } = dataset;
  return subset(
    dataset,
    Int32Array.from({ length: times * length }, (_, i) => i % length),
  );
}

/** The samples with each element `times` times along each axis; the set itself for 1. */
export function enlarged(dataset: BlockDataset, times: number): BlockDataset {
  return times === 1 ? dataset : enlarge(dataset, times);
}
