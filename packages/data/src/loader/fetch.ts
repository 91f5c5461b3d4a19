import { elementCount } from '@convnet/tensor-core';
import {
  isBlockDataset,
  isIterableDataset,
  nameOfSample,
  type BlockDataset,
  type Dataset,
  type IterableDataset,
  type Lazy,
} from '../dataset/dataset.ts';
import { SampleError } from '../errors.ts';
import { batchStream, epochGenerator, sampleStream } from '../random/streams.ts';
import { RandomStream } from '../random/random-stream.ts';
import { inSharedMemory } from './batch-memory.ts';
import { defaultCollate, type Collate } from './collate.ts';
import { isStacking } from './sendable.ts';

/** Which batch is wanted. With the dataset it fixes the batch, whoever makes it. */
export interface BatchRequest {
  readonly seed: number;
  readonly epoch: number;
  /** Number of the batch in its epoch. */
  readonly batch: number;
  readonly batchSize: number;
  /** Its samples; null where the dataset is iterable. */
  readonly indices: Int32Array | null;
  /** Whether samples that cannot be had are left out. */
  readonly skip: boolean;
  /** Whether a batch is made of the samples. If not they come as they are. */
  readonly collate: boolean;
  /** Whether the batch is copied to a device and its memory then given back. */
  readonly isForDevice: boolean;
}

/** A sample that was left out. */
export interface SkippedSample {
  /** Number of the sample in its dataset. */
  readonly index: number;
  /** What the dataset calls it: its file, as a rule. */
  readonly source: string;
  readonly reason: string;
}

/** What came of a request. */
export interface FetchedBatch {
  /** The batch, or its samples where none was asked for; null where there is no sample. */
  readonly batch: unknown;
  /** What errors call its samples. */
  readonly names: readonly string[];
  readonly skipped: readonly SkippedSample[];
  /** Samples that the batch was to be made of, those left out among them. */
  readonly drawn: number;
  /** Whether memory of it that threads share was made for it, and is nobody else's. */
  readonly isShared: boolean;
}

/** Makes batches of a dataset. */
export type Fetcher = (request: BatchRequest) => Promise<FetchedBatch>;

/** Samples of a batch that are awaited at a time, so that a large batch does not open all its files at once. */
const atOnce = 16;

/** Makes batches of `dataset`, on this thread. `collate` replaces `defaultCollate`. */
export function createFetcher(
  dataset: Dataset | IterableDataset,
  collate: Collate<unknown, unknown> | undefined,
): Fetcher {
  if (isIterableDataset(dataset)) return iterableFetcher(dataset, collate);
  return async (request) => {
    const { seed, epoch, batch, batchSize } = request;
    const indices = request.indices!;
    if (request.collate && !request.skip && collate === undefined && isBlockDataset(dataset)) {
      return fetchBlock(dataset, request);
    }
    const results = await inTurns(indices, async (index, place) => {
      const random = sampleStream(seed, epoch, batch * batchSize + place);
      return attempt(
        () => dataset.get(index, random),
        index,
        () => nameOfSample(dataset, index),
      );
    });
    return assemble(results, request, collate);
  };
}

function fetchBlock(
  dataset: BlockDataset,
  { seed, epoch, batch, indices }: BatchRequest,
): FetchedBatch {
  const count = indices!.length;
  const inputs = new Float32Array(count * elementCount(dataset.inputShape));
  const labels = new Int32Array(count);
  dataset.fill(indices!, inputs, labels, batchStream(seed, epoch, batch));
  return {
    batch: [
      { data: inputs, shape: [count, ...dataset.inputShape] },
      { data: labels, shape: [count] },
    ],
    names: [],
    skipped: [],
    drawn: count,
    isShared: false,
  };
}

/** A sample, or why there is none. */
type Attempt =
  | { readonly name: string; readonly sample: unknown }
  | { readonly error: SampleError };

async function attempt(get: () => unknown, index: number, nameOf: () => string): Promise<Attempt> {
  try {
    return { sample: await get(), name: nameOf() };
  } catch (error) {
    return { error: new SampleError(index, nameOf(), error) };
  }
}

/** `make` of each index, some at a time, in order. */
async function inTurns(
  indices: ArrayLike<number>,
  make: (index: number, place: number) => Promise<Attempt>,
): Promise<Attempt[]> {
  const results: Attempt[] = new Array<Attempt>(indices.length);
  let next = 0;
  const turn = async (): Promise<void> => {
    for (let place = next++; place < indices.length; place = next++) {
      results[place] = await make(indices[place]!, place);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, indices.length) }, turn));
  return results;
}

async function assemble(
  results: readonly Attempt[],
  request: BatchRequest,
  collate: Collate<unknown, unknown> | undefined,
): Promise<FetchedBatch> {
  const samples: unknown[] = [];
  const names: string[] = [];
  const skipped: SkippedSample[] = [];
  for (const result of results) {
    if ('error' in result) {
      if (!request.skip) throw result.error;
      const { index, source, message } = result.error;
      skipped.push({ index, source, reason: message });
    } else {
      samples.push(result.sample);
      names.push(result.name);
    }
  }
  const isShared = request.collate && request.isForDevice && isStacking(collate);
  const make = (): unknown => collateSamples(samples, names, request, collate);
  let batch: unknown = null;
  if (samples.length > 0) {
    if (!request.collate) batch = samples;
    else batch = await (isShared ? inSharedMemory(make) : make());
  }
  return { batch, names, skipped, drawn: results.length, isShared };
}

/** The batch of `samples`, by the user's collate or the default one. */
export function collateSamples(
  samples: readonly unknown[],
  names: readonly string[],
  { seed, epoch, batch }: Pick<BatchRequest, 'seed' | 'epoch' | 'batch'>,
  collate: Collate<unknown, unknown> = defaultCollate,
): unknown {
  return collate(samples, { random: batchStream(seed, epoch, batch), names });
}

/** Batches of samples that come one after another. Batches must be asked for in order; those between are passed over. */
function iterableFetcher(
  dataset: IterableDataset,
  collate: Collate<unknown, unknown> | undefined,
): Fetcher {
  let run:
    | ({
        readonly epoch: number;
        batch: number;
      } & Stepper)
    | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const draw = async (request: BatchRequest): Promise<readonly Lazy<unknown>[]> => {
    const { seed, epoch, batch, batchSize } = request;
    if (run === undefined || run.epoch !== epoch || run.batch > batch) {
      const random = new RandomStream(epochGenerator(seed, epoch));
      await run?.leave();
      run = { epoch, batch: 0, ...stepper(dataset.iterate({ epoch, random })) };
    }
    let drawn: Lazy<unknown>[] = [];
    for (; run.batch <= batch; run.batch++) {
      drawn = [];
      while (drawn.length < batchSize) {
        const { done, value } = await run.next();
        if (done === true) break;
        drawn.push(value);
      }
    }
    return drawn;
  };

  return async (request) => {
    // One at a time: two requests must not draw from the iterator in turns.
    const drawing = queue.then(() => draw(request));
    queue = drawing.catch(() => {});
    const drawn = await drawing;
    const { seed, epoch, batch, batchSize } = request;
    const first = batch * batchSize;
    const indices = Int32Array.from(drawn, (_, place) => first + place);
    const results = await inTurns(indices, (index, place) => {
      const lazy = drawn[place];
      const get =
        typeof lazy === 'function' ? () => lazy(sampleStream(seed, epoch, index)) : () => lazy;
      return attempt(get, index, () => `sample ${index}`);
    });
    return assemble(results, request, collate);
  };
}

/** One pass through samples that come one after another. */
interface Stepper {
  readonly next: () => Promise<IteratorResult<Lazy<unknown>>>;
  /** Tells samples of which nobody asks for more, so that files that they were read from are closed. */
  readonly leave: () => Promise<void>;
}

function stepper(samples: Iterable<Lazy<unknown>> | AsyncIterable<Lazy<unknown>>): Stepper {
  const iterator =
    Symbol.asyncIterator in samples ? samples[Symbol.asyncIterator]() : samples[Symbol.iterator]();
  let ended = false;
  return {
    next: async () => {
      if (ended) return { done: true, value: undefined };
      const result = await iterator.next();
      ended = result.done === true;
      return result;
    },
    leave: async () => {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}
