import {
  formatValue,
  aBoolean,
  anyNumber,
  aSeed,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import { epochGenerator } from '../random/streams.ts';
import { aSampler, RandomSampler, SequentialSampler, type Sampler } from './samplers.ts';

/** How samples become batches, in every loader. */
export interface BatchOptions {
  /** Samples in a batch; the last batch of an epoch may have fewer. */
  readonly batchSize: number;
  /** A new random order each epoch; default false: samples come in the order of the dataset. */
  readonly shuffle?: boolean;
  /** Which samples an epoch has and in which order, in place of `shuffle`. */
  readonly sampler?: Sampler;
  /** Fixes the orders and the random transforms of all epochs; default 0. */
  readonly seed?: number;
  /** Leaves out a last batch with fewer than `batchSize` samples; default false. */
  readonly dropLast?: boolean;
}

export const batchOptions: Readonly<Record<keyof BatchOptions, Kind>> = optionKinds<BatchOptions>({
  batchSize: anyNumber,
  shuffle: aBoolean,
  sampler: aSampler,
  seed: aSeed,
  dropLast: aBoolean,
});

/** How a dataset is cut into batches: a function of the seed and the epoch's number. */
export class BatchPlan {
  readonly batchSize: number;
  readonly seed: number;
  readonly dropLast: boolean;
  /** Batches in an epoch; undefined where the number of samples is not known. */
  readonly length: number | undefined;
  readonly #sampler: Sampler | undefined;
  readonly #samples: number | undefined;

  /**
   * @param samples Number of samples of the dataset, where it is known.
   * @throws DatasetError (fault 'batch') where `batchSize` is no whole number from 1; ('sampler') where `shuffle` and
   *   `sampler` are both given.
   */
  constructor(samples: number | undefined, options: BatchOptions) {
    const { batchSize, shuffle = false, seed = 0, dropLast = false, sampler } = options;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new DatasetError(
        'batch',
        `expected a whole batchSize from 1, got ${formatValue(batchSize)}`,
      );
    }
    if (sampler !== undefined) {
      if (shuffle) {
        throw new DatasetError(
          'sampler',
          'expected shuffle or sampler, got both: a sampler has its own order',
        );
      }
    }
    this.batchSize = batchSize;
    this.seed = seed;
    this.dropLast = dropLast;
    this.#samples = samples;
    if (samples !== undefined) {
      const kind = shuffle ? new RandomSampler(samples) : new SequentialSampler(samples);
      this.#sampler = sampler ?? kind;
      const batches = this.#sampler.length / batchSize;
      this.length = dropLast ? Math.floor(batches) : Math.ceil(batches);
    }
  }

  /**
   * The indices of the samples of an epoch, in order.
   *
   * @throws DatasetError (fault 'sampler') where a sampler gives another number of samples than it said, or one that the
   *   dataset does not have.
   */
  order(epoch: number): Int32Array {
    const sampler = this.#sampler!;
    const given = sampler.order(epochGenerator(this.seed, epoch));
    if (given.length !== sampler.length) {
      throw new DatasetError(
        'sampler',
        `expected an order of ${sampler.length} samples, as the sampler's length says, got ${given.length}`,
      );
    }
    const order = given instanceof Int32Array ? given : Int32Array.from(given);
    for (let i = 0; i < order.length; i++) {
      if (order[i] === given[i] && order[i]! >= 0 && order[i]! < this.#samples!) continue;
      throw new DatasetError(
        'sampler',
        `expected indices from 0 to ${this.#samples! - 1} from the sampler, got ${formatValue(given[i])} at place ${i}`,
      );
    }
    return order;
  }

  /** The samples of batch `batch` of an epoch with that order. */
  indices(order: Int32Array, batch: number): Int32Array {
    return order.subarray(batch * this.batchSize, (batch + 1) * this.batchSize);
  }
}
