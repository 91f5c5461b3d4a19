import {
  ArgumentError,
  formatValue,
  optionNames,
  refuseUnknownOptions,
} from '@convnet/tensor-core';

/** How `wasm()` sets up a device. */
export interface WasmOptions {
  /**
   * Threads that compute, the calling one included. Default: the cores of the machine; in a browser 1
   * unless the page is cross-origin isolated.
   */
  readonly threads?: number;
  /** Instruction set. Default 'auto': relaxed SIMD where the engine has it. */
  readonly build?: 'auto' | 'simd' | 'relaxed';
  /**
   * Node on x64 only: sets V8's experimental flag that turns two 128-bit operations into one 256-bit one
   * (Node 22 and newer), or the one that enables relaxed SIMD (Node 20). It holds for the whole process.
   * Default false.
   */
  readonly revectorize?: boolean;
  /** Bytes that the device's memory may grow to. Default and most: 4 GiB. */
  readonly maximumMemory?: number;
  /**
   * The binary, where it cannot be read from beside this package: its bytes, a compiled module, or its URL. It
   * must be the one that the other options choose.
   */
  readonly binary?: BufferSource | WebAssembly.Module | URL | string;
  /** Milliseconds without progress of the worker threads before they are given up. Default 10,000. */
  readonly workerTimeout?: number;
}

const wasmOptions = optionNames<WasmOptions>({
  threads: true,
  build: true,
  revectorize: true,
  maximumMemory: true,
  binary: true,
  workerTimeout: true,
});

const builds = ['auto', 'simd', 'relaxed'];

/** @throws ArgumentError for options that do not exist, and for a build that is none of those there are. */
export function requireWasmOptions(options: WasmOptions): void {
  refuseUnknownOptions('wasm', options, wasmOptions);
  const { build = 'auto' } = options;
  if (!builds.includes(build)) {
    throw new ArgumentError(
      `wasm: expected build as one of '${builds.join("', '")}', got ${formatValue(build)}`,
    );
  }
}
