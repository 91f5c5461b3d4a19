import { anyDataset } from '../kinds.ts';
import { requireKind } from '@convnet/tensor-core';
import type { Dataset, IterableDataset } from '../dataset/dataset.ts';
import { subsetOf } from '../dataset/subset.ts';
import { SampleError } from '../errors.ts';
import type { Collate } from './collate.ts';
import { createFetcher, type BatchRequest } from './fetch.ts';
import { keepSpare } from './batch-memory.ts';
import { copied, handedOver, isFresh } from './sendable.ts';
import type { SentError, WorkerPort } from './worker-protocol.ts';

/** What a loader reads: samples by number, or one after another. */
export type AnyDataset<S = unknown> = Dataset<S> | IterableDataset<S>;

/** @throws ArgumentError for what is no data set: callers without types may give anything. */
export function requireDataset(where: string, dataset: unknown): asserts dataset is AnyDataset {
  requireKind(where, 'dataset', dataset, anyDataset);
}

/**
 * Answers a loader's requests from inside a worker. A dataset may be a promise; where it is rejected, the loader is told.
 *
 * @param indices Where the loader has a part of the dataset: sample i is sample `indices[i]` of it.
 * @internal
 */
export async function serve(
  port: WorkerPort,
  given: AnyDataset | Promise<AnyDataset>,
  collate: Collate<unknown, unknown> | undefined,
  indices?: Int32Array,
): Promise<void> {
  try {
    const whole = await given;
    requireDataset('worker', whole);
    const dataset = indices === undefined ? whole : subsetOf(whole as Dataset, indices);
    const fetch = createFetcher(dataset, collate);
    const answer = async (id: number, request: BatchRequest): Promise<void> => {
      try {
        const fetched = await fetch(request);
        const isOwn = request.collate && isFresh(collate);
        const { value: batch, transfer } = (isOwn ? handedOver : copied)(fetched.batch);
        port.post({ kind: 'batch', id, fetched: { ...fetched, batch } }, transfer);
      } catch (error) {
        port.post({ kind: 'error', id, error: sent(error) }, []);
      }
    };
    port.listen((call) => {
      if ('spare' in call) keepSpare(call.spare);
      else void answer(call.id, call.request);
    });
    port.post({ kind: 'ready', length: whole.length ?? null }, []);
  } catch (error) {
    port.post({ kind: 'failed', error: sent(error) }, []);
  }
}

function sent(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack } = error;
  if (!(error instanceof SampleError)) return { name, message, stack };
  const sample = { index: error.index, source: error.source };
  return { ...sent(error.cause), sample };
}
