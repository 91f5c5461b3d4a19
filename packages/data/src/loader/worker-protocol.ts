import { isTypedArray } from '../dataset/host-array.ts';
import type { BatchRequest, FetchedBatch } from './fetch.ts';

/** A dataset by the module that exports it, so that a worker can have it too. */
export interface DatasetModule {
  /** URL of the module. */
  readonly url: string;
  /** Name of the export. */
  readonly name: string;
  /** What the export is called with, where it is a function; it must be able to be cloned. */
  readonly options: unknown;
}

/** To a worker: a batch is wanted, or memory of earlier ones comes back. */
export type WorkerCall =
  | { readonly id: number; readonly request: BatchRequest }
  | { readonly spare: readonly ArrayBuffer[] };

/** What a thrown error becomes on its way between threads. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a `SampleError`: which sample. */
  readonly sample?: { readonly index: number; readonly source: string };
}

/** From a worker. The first is `ready`, or `failed` where there is no dataset. */
export type WorkerAnswer =
  | { readonly kind: 'ready'; readonly length: number | null }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'batch'; readonly id: number; readonly fetched: FetchedBatch }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError };

/** What both kinds of workers talk through, seen from inside. */
export interface WorkerPort {
  post(answer: WorkerAnswer, transfer: readonly ArrayBuffer[]): void;
  listen(handler: (call: WorkerCall) => void): void;
}

/** The memory of the arrays in `value`, each block once, to be handed over instead of copied. */
export function transferables(
  value: unknown,
  found: Set<ArrayBuffer> = new Set(),
): ReadonlySet<ArrayBuffer> {
  if (isTypedArray(value)) {
    // Part of a block may belong to something that lives on, such as the pool of Node's buffers.
    const { buffer } = value;
    if (buffer instanceof ArrayBuffer && value.byteLength === buffer.byteLength) found.add(buffer);
  } else if (typeof value === 'object' && value !== null) {
    for (const entry of Object.values(value)) transferables(entry, found);
  }
  return found;
}
