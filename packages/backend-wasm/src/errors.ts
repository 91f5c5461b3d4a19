import { ConvnetError } from '@convnet/tensor-core';

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

/** Worker threads that cannot be started here. */
export class ThreadsUnavailableError extends ConvnetError {
  override readonly name = 'ThreadsUnavailableError';
}

/** A worker thread that ended, or that made no progress for as long as `workerTimeout` allows. */
export class WorkerDiedError extends ConvnetError {
  override readonly name = 'WorkerDiedError';
}
