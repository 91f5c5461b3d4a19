import { anyDataset } from '../kinds.ts';
import { requireKind } from '@convnet/tensor-core';
import type { Dataset, IterableDataset } from '../dataset/dataset.ts';
import { SampleError } from '../errors.ts';
import type { Collate } from './collate.ts';
import { createFetcher, type BatchRequest } from './fetch.ts';
import { keepSpare } from './spare-memory.ts';
import { transferables, type SentError, type WorkerPort } from './worker-protocol.ts';

/** What a loader reads: samples by number, or one after another. */
export type AnyDataset<S = unknown> = Dataset<S> | IterableDataset<S>;

/** @throws ArgumentError for what is no data set: callers without types may give anything. */
export function requireDataset(where: string, dataset: unknown): asserts dataset is AnyDataset {
  requireKind(where, 'dataset', dataset, anyDataset);
}

/**
 * Answers a loader's requests from inside a worker. A dataset may be a promise; where it is rejected, the loader is told.
 *
 * @internal
 */
export async function serve(
  port: WorkerPort,
  given: AnyDataset | Promise<AnyDataset>,
  collate: Collate<unknown, unknown> | undefined,
): Promise<void> {
  try {
    const dataset = await given;
    requireDataset('worker', dataset);
    const fetch = createFetcher(dataset, collate);
    const answer = async (id: number, request: BatchRequest): Promise<void> => {
      try {
        const fetched = await fetch(request);
        port.post({ kind: 'batch', id, fetched }, [...transferables(fetched.batch)]);
      } catch (error) {
        port.post({ kind: 'error', id, error: sent(error) }, []);
      }
    };
    port.listen((call) => {
      if ('spare' in call) keepSpare(call.spare);
      else void answer(call.id, call.request);
    });
    port.post({ kind: 'ready', length: dataset.length ?? null }, []);
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
