import { ConvnetError, formatBytes } from '@convnet/tensor-core';

/** What to do where a bundler or a server does not bring the files of this package along. */
export const howToPlaceFiles: string =
  "Either copy the folder node_modules/@convnet/backend-wasm/wasm to where your server finds it as '/wasm/', and call " +
  "wasm({ wasmUrl: '/wasm/' }); or, under Vite's dev server, set optimizeDeps: { exclude: ['@convnet/backend-wasm'] }.";

/** An engine without what the kernels are made of. */
export class UnsupportedEngineError extends ConvnetError {
  override readonly name = 'UnsupportedEngineError';
}

/** No binary of the kernels at the URL where one was expected. */
export class MissingBinaryError extends ConvnetError {
  override readonly name = 'MissingBinaryError';
  readonly url: string;

  constructor(url: { readonly href: string }, found: string, options?: { cause: unknown }) {
    super(
      `wasm: expected a WebAssembly file at ${url.href}, got ${found}. ${howToPlaceFiles}`,
      options,
    );
    this.url = url.href;
  }
}

/** A binary that is not what the options need: for another number of threads, of another version, or of no version. */
export class WrongBinaryError extends ConvnetError {
  override readonly name = 'WrongBinaryError';
  /** The file of this package's `wasm/` that was needed. */
  readonly expected: string;

  constructor(expected: string, found: string, options?: { cause: unknown }) {
    super(
      `wasm: expected the binary ${expected} of @convnet/backend-wasm, got ${found}. 'simd.wasm' and 'relaxed.wasm' are ` +
        "for one thread, 'simd-threads.wasm' and 'relaxed-threads.wasm' for more; take the one that `threads` and " +
        '`build` choose, of the same version',
      options,
    );
    this.expected = expected;
  }
}

/** Address space or memory that the system does not give to a new device. */
export class MemoryUnavailableError extends ConvnetError {
  override readonly name = 'MemoryUnavailableError';
  /** Bytes that the memory was to be able to grow to, at first and at last. */
  readonly requested: readonly [most: number, least: number];

  constructor(requested: readonly [most: number, least: number], threads: number, cause: unknown) {
    const [most, least] = requested;
    const use = threads > 1 ? `shared by ${threads} threads` : 'for one thread';
    super(
      `wasm: no memory ${use} could be reserved, from ${formatBytes(most)} down to ${formatBytes(least)} of address ` +
        'space. An engine may reserve some GiB more for each memory, to see accesses beyond its end: give the process ' +
        'more (`ulimit -v`, the limit of its container), let Node reserve none (`node --disable-wasm-trap-handler`), or ' +
        'dispose of other devices and WebAssembly memories',
      { cause },
    );
    this.requested = requested;
  }
}

/** Worker threads that cannot be started here. */
export class ThreadsUnavailableError extends ConvnetError {
  override readonly name = 'ThreadsUnavailableError';
}

/** A worker thread that ended, or that made no progress for as long as `workerTimeout` allows. */
export class WorkerDiedError extends ConvnetError {
  override readonly name = 'WorkerDiedError';
}
