export { DisposedError } from '@convnet/tensor-core';
export {
  MemoryUnavailableError,
  MissingBinaryError,
  ThreadsUnavailableError,
  UnsupportedEngineError,
  WorkerDiedError,
  WrongBinaryError,
} from './errors.ts';
export { wasm } from './loader.ts';
export type { CompiledModule, WasmOptions } from './options.ts';
