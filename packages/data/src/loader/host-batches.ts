import { aBlockDataset } from '../kinds.ts';
import { elementCount, checkOptions, requireKind, integerFrom } from '@convnet/tensor-core';
import type { BlockDataset } from '../dataset/dataset.ts';
import { batchStream } from '../random/streams.ts';
import { batchOptions, BatchPlan, type BatchOptions } from './batch-plan.ts';

/** A batch in host memory. */
export interface HostBatch {
  /** float32 samples one after another, each laid out as the dataset's `inputShape`. */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** One class number per sample. */
  readonly labels: Int32Array<ArrayBuffer>;
}

/**
 * A dataset in batches of host memory. Each time it is iterated it runs through the dataset once: an
 * epoch, with an order and random transforms of its own that follow from the seed and the epoch's number.
 */
export class HostBatches implements Iterable<HostBatch> {
  readonly dataset: BlockDataset;
  readonly #plan: BatchPlan;
  #epoch = 0;

  /** @throws DatasetError (fault 'batch') where `batchSize` is no whole number from 1. */
  constructor(dataset: BlockDataset, options: BatchOptions) {
    requireKind('HostBatches', 'dataset', dataset, aBlockDataset);
    checkOptions('HostBatches', options, batchOptions, ['batchSize']);
    this.dataset = dataset;
    this.#plan = new BatchPlan(dataset.length, options);
  }

  /** Number of the next epoch, from 0. Set it to continue a training run where it stopped. */
  get epoch(): number {
    return this.#epoch;
  }

  set epoch(value: number) {
    requireKind('HostBatches', 'epoch', value, integerFrom(0));
    this.#epoch = value;
  }

  get batchSize(): number {
    return this.#plan.batchSize;
  }

  /** Batches in an epoch. */
  get length(): number {
    return this.#plan.length!;
  }

  /** One epoch, each batch in memory of its own. */
  [Symbol.iterator](): IterableIterator<HostBatch> {
    return runBlocks(this.dataset, this.#plan, this.#epoch++, 0, false);
  }

  /** One epoch whose batches share one block of memory: a batch is overwritten when the next is asked for. */
  reusing(): IterableIterator<HostBatch> {
    return runBlocks(this.dataset, this.#plan, this.#epoch++, 0, true);
  }
}

/** The batches of an epoch from number `first` on, in one block of memory if `reuse`. */
export function* runBlocks(
  dataset: BlockDataset,
  plan: BatchPlan,
  epoch: number,
  first: number,
  reuse: boolean,
): IterableIterator<HostBatch> {
  const sampleSize = elementCount(dataset.inputShape);
  const order = plan.order(epoch);
  let inputs = new Float32Array(0);
  let labels = new Int32Array(0);
  for (let batch = first; batch < plan.length!; batch++) {
    const indices = plan.indices(order, batch);
    if (!reuse || labels.length !== indices.length) {
      inputs = new Float32Array(indices.length * sampleSize);
      labels = new Int32Array(indices.length);
    }
    dataset.fill(indices, inputs, labels, batchStream(plan.seed, epoch, batch));
    yield { inputs, labels };
  }
}
