export { DisposedError } from '@convnet/tensor-core';
export { ThreadsUnavailableError, UnsupportedEngineError, WorkerDiedError } from './errors.ts';
export { wasm } from './loader.ts';
export type { WasmOptions } from './options.ts';
