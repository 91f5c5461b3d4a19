import {
  aBoolean,
  anyNumber,
  anInteger,
  checkOptions,
  elementCount,
  Generator,
  optionKinds,
} from '@convnet/tensor-core';
import type { Dataset } from './dataset.ts';
import { DatasetError } from './errors.ts';
import { requireDataset } from './require-dataset.ts';
import { RandomStream } from './random-stream.ts';

export interface BatchOptions {
  /** Samples in a batch; the last batch of an epoch may have fewer. */
  readonly batchSize: number;
  /** A new random order each epoch; default false: samples come in the order of the dataset. */
  readonly shuffle?: boolean;
  /** Fixes the orders and the random transforms of all epochs; default 0. */
  readonly seed?: number;
  /** Leaves out a last batch with fewer than `batchSize` samples; default false. */
  readonly dropLast?: boolean;
}

const batchOptions = optionKinds<BatchOptions>({
  batchSize: anyNumber,
  shuffle: aBoolean,
  seed: anInteger,
  dropLast: aBoolean,
});

/** A batch in host memory. */
export interface HostBatch {
  /** float32 samples one after another, each laid out as the dataset's `inputShape`. */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** One class number per sample. */
  readonly labels: Int32Array<ArrayBuffer>;
}

/** Blocks of random numbers set apart for one epoch: more than any epoch draws. */
const blocksPerEpoch = 2 ** 36;

/**
 * A dataset in batches of host memory. Each time it is iterated it runs through the dataset once: an
 * epoch, with an order and random transforms of its own that follow from the seed and the epoch's number.
 */
export class HostBatches implements Iterable<HostBatch> {
  readonly dataset: Dataset;
  readonly batchSize: number;
  /** Batches in an epoch. */
  readonly length: number;
  /** Number of the next epoch, from 0. Set it to continue a training run where it stopped. */
  epoch = 0;
  readonly #shuffle: boolean;
  readonly #seed: number;

  /** @throws DatasetError (fault 'batch') where `batchSize` is no whole number from 1. */
  constructor(dataset: Dataset, options: BatchOptions) {
    requireDataset('HostBatches', dataset);
    checkOptions('HostBatches', options, batchOptions, ['batchSize']);
    const { batchSize, shuffle = false, seed = 0, dropLast = false } = options;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new DatasetError('batch', `expected a whole batchSize from 1, got ${batchSize}`);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    const batches = dataset.length / batchSize;
    this.length = dropLast ? Math.floor(batches) : Math.ceil(batches);
    this.#shuffle = shuffle;
    this.#seed = seed;
  }

  /** One epoch, each batch in memory of its own. */
  [Symbol.iterator](): IterableIterator<HostBatch> {
    return this.#run(this.epoch++, false);
  }

  /** One epoch whose batches share one block of memory: a batch is overwritten when the next is asked for. */
  reusing(): IterableIterator<HostBatch> {
    return this.#run(this.epoch++, true);
  }

  *#run(epoch: number, reuse: boolean): IterableIterator<HostBatch> {
    const { dataset, batchSize } = this;
    const sampleSize = elementCount(dataset.inputShape);
    // The first blocks of a seed belong to the generator that users seed with it.
    const generator = new Generator(this.#seed, (epoch + 1) * blocksPerEpoch);
    const order = this.#shuffle
      ? generator.permutation(dataset.length)
      : Int32Array.from({ length: dataset.length }, (_, i) => i);
    const random = new RandomStream(generator);
    let inputs = new Float32Array(0);
    let labels = new Int32Array(0);
    for (let batch = 0; batch < this.length; batch++) {
      const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      if (!reuse || labels.length !== indices.length) {
        inputs = new Float32Array(indices.length * sampleSize);
        labels = new Int32Array(indices.length);
      }
      dataset.fill(indices, inputs, labels, random);
      yield { inputs, labels };
    }
  }
}
