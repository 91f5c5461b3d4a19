export { DisposedError } from '@convnet/tensor-core';
export {
  MissingBinaryError,
  ThreadsUnavailableError,
  UnsupportedEngineError,
  WorkerDiedError,
} from './errors.ts';
export { wasm } from './loader.ts';
export type { CompiledModule, UrlLike, WasmOptions } from './options.ts';
