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

/** What a worker of Node is started with. */
export interface WorkerSource {
  readonly module: DatasetModule;
  /** Of a part of the module's dataset: sample i is sample `indices[i]` of it. */
  readonly indices?: Int32Array;
}

/** To a worker: a batch is wanted, or memory of earlier ones comes back. */
export type WorkerCall =
  | { readonly id: number; readonly request: BatchRequest }
  | { readonly spare: readonly ArrayBufferLike[] };

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
