/** For the script of a worker, which a loader starts by its option `worker`. */
import { aFunction, either, requireKind, withMethods, type Kind } from '@convnet/tensor-core';
import type { Collate } from './loader/collate.ts';
import { LoaderWorkerError } from './errors.ts';
import { anyDataset } from './kinds.ts';
import { serve, type AnyDataset } from './loader/serve.ts';
import type { WorkerCall, WorkerPort } from './loader/worker-protocol.ts';
import { isNode, nodeModule } from './platform.ts';

/** What a worker of a browser has in its global scope, of what is used here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

const aPromise: Kind = withMethods('a promise of one', 'then');

/**
 * Makes this worker serve the batches of `dataset` to the loader that started it. It is the last line of a worker's
 * script, which any bundler can build:
 *
 *     // train-worker.ts
 *     serveDataset(trainSet());
 *     // where the loader is made
 *     const worker = () => new Worker(new URL('./train-worker.ts', import.meta.url), { type: 'module' });
 *     new DataLoader(trainSet(), { batchSize: 64, numWorkers: 2, worker, device });
 *
 * @param dataset The same dataset as the loader's, or a promise of it.
 * @param collate Makes the batches, in the worker.
 */
export function serveDataset<S>(
  dataset: AnyDataset<S> | Promise<AnyDataset<S>>,
  collate?: Collate<S, unknown>,
): void {
  requireKind('serveDataset', 'dataset', dataset, either(anyDataset, aPromise));
  if (collate !== undefined) requireKind('serveDataset', 'collate', collate, aFunction);
  void portOfThisWorker().then((port) =>
    serve(
      port,
      dataset as AnyDataset | Promise<AnyDataset>,
      collate as Collate<unknown, unknown> | undefined,
    ),
  );
}

async function portOfThisWorker(): Promise<WorkerPort> {
  if (isNode) {
    const { parentPort } = await nodeModule('node:worker_threads', 'a worker thread');
    if (parentPort === null) {
      throw new LoaderWorkerError(
        'serveDataset: expected to run in a worker, this is the main thread; a loader starts one by its option worker',
      );
    }
    return {
      post: (answer, transfer) => parentPort.postMessage(answer, transfer),
      listen: (handler) => void parentPort.on('message', handler),
    };
  }
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (answer, transfer) => scope.postMessage(answer, transfer),
    listen: (handler) => {
      scope.onmessage = ({ data }) => handler(data as WorkerCall);
    },
  };
}
