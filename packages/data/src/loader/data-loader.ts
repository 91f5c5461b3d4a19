import { anyDataset } from '../kinds.ts';
import {
  formatValue,
  inTurns,
  tensor,
  type Device,
  type Tensor,
  aDevice,
  aFunction,
  anyNumber,
  checkOptions,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import { isBlockDataset, type BlockDataset, type LabelledSample } from '../dataset/dataset.ts';
import { isHostArray } from '../dataset/host-array.ts';
import { DatasetError } from '../errors.ts';
import { batchOptions, BatchPlan, type BatchOptions } from './batch-plan.ts';
import type { Collate, Collated, OnDevice } from './collate.ts';
import {
  collateSamples,
  createFetcher,
  type FetchedBatch,
  type Fetcher,
  type SkippedSample,
} from './fetch.ts';
import { runBlocks, type HostBatch } from './host-batches.ts';
import { collateOf, workerSource } from './open-dataset.ts';
import { LoaderPosition, type LoaderState } from './position.ts';
import { fetchAhead, type NumberedBatch } from './fetch-ahead.ts';
import type { AnyDataset } from './serve.ts';
import { nodeWorkers, ownWorkers, WorkerPool, type WorkerLike } from './worker-pool.ts';

/** Options of `DataLoader`. */
export interface DataLoaderOptions<S = LabelledSample, B = Collated<S>> extends BatchOptions {
  /** Where the batches' tensors live. */
  readonly device: Device;
  /**
   * Makes a batch of samples, on this thread; by default `defaultCollate`. A collate that is to run in workers belongs
   * to the dataset, as its method `collate`.
   */
  readonly collate?: Collate<S, B>;
  /**
   * Worker threads that get the samples: decode, transform, collate. Default 0: this thread does. The batches are the
   * same. In Node the dataset must come from `openDataset`; see also `worker`.
   */
  readonly numWorkers?: number;
  /** Starts worker `number`, whose script calls `serveDataset`: how a browser's bundler wants it. */
  readonly worker?: (number: number) => WorkerLike;
  /** Batches that are got ahead of the one in use, for each worker; default 2. Without workers: in all, default 1. */
  readonly prefetchFactor?: number;
  /**
   * What becomes of a sample that cannot be had, such as a damaged file. 'stop' (the default): a `SampleError` that
   * names it. 'skip': its batch lacks it, and `skipped` has its number, name and reason.
   */
  readonly onError?: 'stop' | 'skip';
}

const dataLoaderOptions = optionKinds<DataLoaderOptions>({
  device: aDevice,
  ...batchOptions,
  collate: aFunction,
  numWorkers: anyNumber,
  worker: aFunction,
  prefetchFactor: anyNumber,
  onError: oneOf('stop', 'skip'),
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
 * owns its batch and every tensor that the loop's body makes before its first `await`: they are given back when the
 * next batch is asked for or the loop ends, also by `break` or an error. Behind an `await`, open a `scope`: other code
 * may have run meanwhile, and keeps its own tensors. `keep` a tensor to hold it longer. About ten
 * times a second, between two batches, the loop lets timers and events run; so do many short loops one after
 * another.
 *
 * A batch has the structure of a sample: what is a list [image, label] becomes a list of tensors, and so on; see
 * `Sample` and `defaultCollate`. It follows from the seed, the epoch and its number alone, not from the workers.
 */
export class DataLoader<S = LabelledSample, B = Collated<S>> implements AsyncIterable<
  OnDevice<NoInfer<B>>
> {
  readonly device: Device;
  readonly dataset: AnyDataset<S>;
  readonly numWorkers: number;
  readonly #plan: BatchPlan;
  readonly #position: LoaderPosition;
  readonly #collate: Collate<unknown, unknown> | undefined;
  readonly #skip: boolean;
  readonly #ahead: number;
  readonly #startPool: (() => WorkerPool) | null;
  readonly #local: Fetcher;
  readonly #skipped = new Map<number, SkippedSample>();
  #pool: WorkerPool | null = null;
  // Of the loader and not of a loop over it: epochs shorter than `patience` would never pause.
  #lastPause: number = performance.now();

  /**
   * @throws DatasetError where `batchSize` is no whole number from 1 (fault 'batch'), a sampler does not fit ('sampler'),
   *   or workers cannot have the dataset ('workers').
   */
  constructor(dataset: AnyDataset<S>, options: DataLoaderOptions<S, B>) {
    requireKind('DataLoader', 'dataset', dataset, anyDataset);
    checkOptions('DataLoader', options, dataLoaderOptions, ['device', 'batchSize']);
    const { device, numWorkers = 0, prefetchFactor = numWorkers > 0 ? 2 : 1, worker } = options;
    requireCount('numWorkers', numWorkers);
    requireCount('prefetchFactor', prefetchFactor);
    const { onError = 'stop' } = options;
    this.device = device;
    this.dataset = dataset;
    this.numWorkers = numWorkers;
    this.#plan = new BatchPlan(dataset.length, options);
    this.#position = new LoaderPosition(this.#plan);
    this.#skip = onError === 'skip';
    // With workers one batch at least is under way in each.
    this.#ahead = numWorkers > 0 ? numWorkers * Math.max(prefetchFactor, 1) : prefetchFactor;
    this.#collate = options.collate as Collate<unknown, unknown> | undefined;
    this.#local = createFetcher(dataset, this.#collate ?? collateOf(dataset));
    const source = numWorkers > 0 && worker === undefined ? workerSource(dataset) : undefined;
    if (numWorkers === 0) {
      this.#startPool = null;
    } else if (worker !== undefined) {
      this.#startPool = () => new WorkerPool(numWorkers, ownWorkers(worker), dataset.length);
    } else if (source !== undefined) {
      this.#startPool = () => new WorkerPool(numWorkers, nodeWorkers(source), source.length);
    } else {
      throw new DatasetError(
        'workers',
        `DataLoader: numWorkers ${numWorkers} needs a dataset that worker threads can have too: export it from a ` +
          'module and open it with openDataset(new URL(…)), or start workers by the option worker',
      );
    }
  }

  get batchSize(): number {
    return this.#plan.batchSize;
  }

  /**
   * Batches in an epoch.
   *
   * @throws DatasetError (fault 'empty') for an iterable dataset that does not say how long it is.
   */
  get length(): number {
    const { length } = this.#plan;
    if (length !== undefined) return length;
    throw new DatasetError(
      'empty',
      'DataLoader: an iterable dataset without a length has no known number of batches; give it its length',
    );
  }

  /** Number of the next epoch, from 0. Set it to continue a training run where an epoch begins. */
  get epoch(): number {
    return this.#position.epoch;
  }

  set epoch(value: number) {
    this.#position.epoch = value;
  }

  /** Samples left out so far, by `onError: 'skip'`, each once. */
  get skipped(): readonly SkippedSample[] {
    return [...this.#skipped.values()].sort((a, b) => a.index - b.index);
  }

  /**
   * Where the loader stands: which epoch, and how many of its batches have been handed out, the one in the loop's hands
   * included. JSON can hold it.
   */
  stateDict(): LoaderState {
    return this.#position.stateDict();
  }

  /**
   * Goes to where a loader of the same dataset and options stood: the next loop begins with the batch behind.
   *
   * @throws DatasetError (fault 'state') for a state of other batches: another seed, batch size or number of samples.
   */
  loadStateDict(state: LoaderState): void {
    this.#position.loadStateDict(state);
  }

  /**
   * One epoch on the host, of a dataset in memory: the same batches, as typed arrays and without tensors.
   *
   * @throws DatasetError (fault 'batch') for other datasets, whose batches must be waited for: see `hostBatches`.
   */
  batches(): IterableIterator<HostBatch> {
    if (!this.#isImmediate(this.dataset)) {
      throw new DatasetError(
        'batch',
        'DataLoader.batches: only a dataset with inputShape and fill, without workers, collate and skipping, has its ' +
          'batches at once; use hostBatches()',
      );
    }
    return this.#runBlocks(false);
  }

  /** One epoch on the host: the same batches, of arrays in place of tensors. */
  async *hostBatches(): AsyncIterableIterator<B> {
    for await (const { batch } of this.#fetched(false)) yield batch;
  }

  /** One epoch on the host, and for each batch how its memory is given back; nothing where that is of no use. */
  async *#fetched(
    isForDevice: boolean,
  ): AsyncIterableIterator<{ readonly batch: B; readonly giveBack?: () => void }> {
    const run = this.#position.start();
    const request = {
      seed: this.#plan.seed,
      epoch: run.epoch,
      batchSize: this.batchSize,
      skip: this.#skip,
    };
    const order =
      this.#plan.length === undefined || 'iterate' in this.dataset
        ? null
        : this.#plan.order(run.epoch);
    this.#pool ??= this.#startPool?.() ?? null;
    const pool = this.#pool;
    // The caller's own collate is a function of this thread.
    const collate = pool === null || this.#collate === undefined;
    const fetch: Fetcher = pool === null ? this.#local : (wanted) => pool.fetch(wanted);
    const fetchBatch = (batch: number): Promise<FetchedBatch> =>
      fetch({
        ...request,
        batch,
        indices: order === null ? null : this.#plan.indices(order, batch),
        collate,
        isForDevice: isForDevice && pool !== null,
      });
    // What came from a worker nobody else has.
    const giveBack = ({ batch, fetched }: NumberedBatch): void => {
      if (pool !== null && collate) void pool.giveBack(batch, copiedMemory(fetched));
    };
    const batches = fetchAhead(this.#ahead, run.first, this.#plan, fetchBatch, giveBack);
    for await (const { batch, fetched } of batches) {
      for (const sample of fetched.skipped) this.#skipped.set(sample.index, sample);
      run.reached(batch + 1);
      if (fetched.batch === null) continue;
      if (!collate) {
        const samples = fetched.batch as readonly unknown[];
        const own = collateSamples(samples, fetched.names, { ...request, batch }, this.#collate);
        yield { batch: (await own) as B };
      } else if (pool === null) {
        yield { batch: fetched.batch as B };
      } else {
        yield { batch: fetched.batch as B, giveBack: () => giveBack({ batch, fetched }) };
      }
    }
    run.end();
  }

  /** One pass over the set, batch by batch. */
  [Symbol.asyncIterator](): AsyncIterableIterator<OnDevice<NoInfer<B>>> {
    const { device } = this;
    if (!this.#isImmediate(this.dataset)) {
      const onDevice = ({ batch, giveBack }: { batch: B; giveBack?: () => void }): unknown => {
        const tensors = toDevice(batch, device);
        giveBack?.();
        return tensors;
      };
      return inTurns(this.#withPauses(this.#fetched(true)), onDevice) as AsyncIterableIterator<
        OnDevice<NoInfer<B>>
      >;
    }
    const { inputShape } = this.dataset;
    const onDevice = ({ inputs, labels }: HostBatch): TensorBatch => [
      tensor(inputs, [labels.length, ...inputShape], { device }),
      tensor(labels, [labels.length], { device }),
    ];
    return inTurns(this.#withPauses(this.#runBlocks(true)), onDevice) as AsyncIterableIterator<
      OnDevice<NoInfer<B>>
    >;
  }

  async *#withPauses<T>(batches: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
    for await (const batch of batches) {
      await this.#pause();
      yield batch;
    }
  }

  /** Ends the workers. The next loop would start them again. */
  dispose(): void {
    this.#pool?.end();
    this.#pool = null;
  }

  /** Ends its workers. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Whether batches can be had without waiting. */
  #isImmediate(dataset: unknown): dataset is BlockDataset {
    return (
      isBlockDataset(dataset) &&
      this.#startPool === null &&
      this.#collate === undefined &&
      collateOf(dataset) === undefined &&
      !this.#skip
    );
  }

  *#runBlocks(reuse: boolean): IterableIterator<HostBatch> {
    const run = this.#position.start();
    const dataset = this.dataset as unknown as BlockDataset;
    let batch = run.first;
    for (const blocks of runBlocks(dataset, this.#plan, run.epoch, run.first, reuse)) {
      run.reached(++batch);
      yield blocks;
    }
    run.end();
  }

  async #pause(): Promise<void> {
    if (performance.now() - this.#lastPause <= patience) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#lastPause = performance.now();
  }
}

function requireCount(name: string, count: unknown): void {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return;
  throw new DatasetError(
    'batch',
    `DataLoader: expected ${name} as a whole number from 0, got ${formatValue(count)}`,
  );
}

/** The memory of a batch that is of no use once it is on a device: that of arrays which stay on the host is not. */
function copiedMemory({ batch, isShared }: FetchedBatch): readonly ArrayBufferLike[] {
  const copied = new Set<ArrayBufferLike>();
  const kept = new Set<ArrayBufferLike>();
  // What a collate of the user's gives may lead back to itself.
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (isHostArray(value)) copied.add(value.data.buffer);
    else if (ArrayBuffer.isView(value)) kept.add(value.buffer);
    else Object.values(value).forEach(visit);
  };
  visit(batch);
  return [...copied].filter(
    (buffer) => (isShared || buffer instanceof ArrayBuffer) && !kept.has(buffer),
  );
}

/** The arrays of a batch as tensors, in the same structure. */
function toDevice(batch: unknown, device: Device): unknown {
  if (isHostArray(batch)) return tensor(batch.data, batch.shape, { device });
  if (typeof batch !== 'object' || batch === null || ArrayBuffer.isView(batch)) return batch;
  if (Array.isArray(batch)) return batch.map((entry) => toDevice(entry, device));
  // A map or a date has no entries to be made tensors of.
  if (Object.prototype.toString.call(batch) !== '[object Object]') return batch;
  return Object.fromEntries(
    Object.entries(batch).map(([key, entry]) => [key, toDevice(entry, device)]),
  );
}
