import { enlarge, subset, type Dataset } from '@convnet/data';

/** At most `limit` samples; a sorted set is cut evenly. */
export function atMost(dataset: Dataset, limit: number): Dataset {
  if (dataset.length <= limit) return dataset;
  const step = dataset.length / limit;
  return subset(
    dataset,
    Int32Array.from({ length: limit }, (_, i) => Math.floor(i * step)),
  );
}

/** The samples with each element `times` times along each axis; the set itself for 1. */
export function enlarged(dataset: Dataset, times: number): Dataset {
  return times === 1 ? dataset : enlarge(dataset, times);
}
