import { aDataset } from '../kinds.ts';
import type { RandomStream } from '../random/random-stream.ts';
import { requireKind, aFunction, listOf } from '@convnet/tensor-core';
import type { Dataset } from './dataset.ts';
import { indexError } from './shape.ts';

/**
 * `dataset` with each sample passed through `transform` when it is asked for. `random` is there where the loader asks,
 * and follows from its seed and the sample's place in the epoch.
 */
export function mapDataset<From, To>(
  dataset: Dataset<From>,
  transform: (sample: From, random: RandomStream | undefined) => To | Promise<To>,
): Dataset<To> {
  requireKind('mapDataset', 'dataset', dataset, aDataset);
  requireKind('mapDataset', 'transform', transform, aFunction);
  return {
    length: dataset.length,
    ...(dataset.classes === undefined ? {} : { classes: dataset.classes }),
    ...(dataset.labels === undefined ? {} : { labels: dataset.labels }),
    get: (index, random) => {
      const sample = dataset.get(index, random);
      return sample instanceof Promise
        ? sample.then((value) => transform(value, random))
        : transform(sample, random);
    },
    nameOf: (index) => dataset.nameOf?.(index) ?? `sample ${index}`,
  };
}

/** The samples of several datasets, one after another. */
export function concatDatasets<S>(datasets: readonly Dataset<S>[]): Dataset<S> {
  requireKind('concatDatasets', 'datasets', datasets, listOf(aDataset));
  const starts: number[] = [];
  let length = 0;
  for (const dataset of datasets) {
    starts.push(length);
    length += dataset.length;
  }
  const at = (index: number): readonly [Dataset<S>, number] => {
    if (!Number.isSafeInteger(index) || index < 0 || index >= length) {
      throw indexError(index, length, 'concatDatasets');
    }
    let part = starts.length - 1;
    while (starts[part]! > index) part--;
    return [datasets[part]!, index - starts[part]!];
  };
  const classes = datasets[0]?.classes;
  const labels = datasets.every((dataset) => dataset.labels !== undefined)
    ? datasets.flatMap((dataset) => Array.from(dataset.labels!))
    : undefined;
  return {
    length,
    ...(classes === undefined ? {} : { classes }),
    ...(labels === undefined ? {} : { labels }),
    get: (index, random) => {
      const [dataset, own] = at(index);
      return dataset.get(own, random);
    },
    nameOf: (index) => {
      const [dataset, own] = at(index);
      return dataset.nameOf?.(own) ?? `sample ${own} of one of ${datasets.length} sets`;
    },
  };
}
