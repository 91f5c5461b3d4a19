import {
  aBoolean,
  aDevice,
  anInteger,
  anyNumber,
  checkOptions,
  integerFrom,
  openScope,
  optionKinds,
  requireKind,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import type { Dataset } from './dataset.ts';
import { requireDataset } from './require-dataset.ts';
import { HostBatches, type BatchOptions, type HostBatch } from './host-batches.ts';

export interface DataLoaderOptions extends BatchOptions {
  /** Where the batches' tensors live. */
  readonly device: Device;
}

const dataLoaderOptions = optionKinds<DataLoaderOptions>({
  device: aDevice,
  batchSize: anyNumber,
  shuffle: aBoolean,
  seed: anInteger,
  dropLast: aBoolean,
});

/** Inputs [N, …inputShape] float32 and labels [N] int32. */
export type TensorBatch = [inputs: Tensor, labels: Tensor];

/** Longest time, in milliseconds, that a loop over batches keeps timers and events waiting. */
const patience = 100;

/**
 * A dataset in batches on a device:
 *
 *     for await (const [inputs, labels] of new DataLoader(train, { batchSize: 64, shuffle: true, device })) { … }
 *
 * Each `for await` runs through the dataset once, in a new order if `shuffle` is set. Each turn of the loop
 * is a memory scope: the batch and every tensor made in the loop's body are given back when the next batch
 * is asked for or the loop ends, also by `break` or an error. `keep` a tensor to hold it longer. About ten
 * times a second, between two batches, the loop lets timers and events run; so do many short loops one after
 * another.
 */
export class DataLoader implements AsyncIterable<TensorBatch> {
  readonly device: Device;
  readonly #batches: HostBatches;
  // Of the loader and not of a loop over it: epochs shorter than `patience` would never pause.
  #lastPause: number = performance.now();

  /** @throws DatasetError (fault 'batch') where `batchSize` is no whole number from 1. */
  constructor(dataset: Dataset, options: DataLoaderOptions) {
    requireDataset('DataLoader', dataset);
    checkOptions('DataLoader', options, dataLoaderOptions, ['device', 'batchSize']);
    const { device, ...batches } = options;
    this.device = device;
    this.#batches = new HostBatches(dataset, batches);
  }

  get dataset(): Dataset {
    return this.#batches.dataset;
  }

  get batchSize(): number {
    return this.#batches.batchSize;
  }

  /** Batches in an epoch. */
  get length(): number {
    return this.#batches.length;
  }

  /** Number of the next epoch, from 0. Set it to continue a training run where it stopped. */
  get epoch(): number {
    return this.#batches.epoch;
  }

  /** @throws ArgumentError where it is set to no integer ≥ 0. */
  set epoch(value: number) {
    requireKind('DataLoader', 'epoch', value, integerFrom(0));
    this.#batches.epoch = value;
  }

  /** One epoch on the host: the same batches, as typed arrays and without tensors. */
  batches(): IterableIterator<HostBatch> {
    return this.#batches[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TensorBatch> {
    return this.#upload(this.#batches.reusing());
  }

  async *#upload(batches: Iterable<HostBatch>): AsyncIterableIterator<TensorBatch> {
    const { device } = this;
    const { inputShape } = this.dataset;
    for (const batch of batches) {
      if (performance.now() - this.#lastPause > patience) {
        await new Promise((resolve) => setTimeout(resolve));
        this.#lastPause = performance.now();
      }
      using _step = openScope();
      const count = batch.labels.length;
      const inputs = tensor(batch.inputs, [count, ...inputShape], { device });
      const labels = tensor(batch.labels, [count], { device });
      yield [inputs, labels];
    }
  }
}
