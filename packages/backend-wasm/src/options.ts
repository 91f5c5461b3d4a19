import {
  aBoolean,
  anyNumber,
  ArgumentError,
  checkOptions,
  formatValue,
  oneOf,
  optionKinds,
  type Kind,
  isUrl,
  type UrlLike,
} from '@convnet/tensor-core';

/** A compiled module, where the types of the environment have such; those of Node and of browsers do. */
export type CompiledModule = typeof globalThis extends {
  readonly WebAssembly: { readonly Module: { readonly prototype: infer Module } };
}
  ? Module
  : never;

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
  /**
   * Bytes that the device's memory may grow to. Default and most: 4 GiB, or the most that the engine reserves. It is
   * reserved at once: give less where address space is limited (`ulimit -v`) and others need it too.
   */
  readonly maximumMemory?: number;
  /**
   * The folder where the files of this package's `wasm/` are served, where a bundler does not carry them along or you
   * host them yourself. Relative URLs are relative to the page, in Node to the working directory. Default: beside this
   * package.
   */
  readonly wasmUrl?: string | UrlLike;
  /**
   * The script of the worker threads, where it does not lie beside the binaries: browsers load it only from the origin
   * of the page. Default: `worker.js` in the folder that `wasmUrl` names, or beside this package.
   */
  readonly workerUrl?: string | UrlLike;
  /**
   * The binary itself, in place of one from `wasmUrl`: its bytes, a compiled module, or its URL. It must be the one that
   * the other options choose.
   */
  readonly binary?: ArrayBuffer | ArrayBufferView<ArrayBuffer> | CompiledModule | string | UrlLike;
  /** Milliseconds without progress of the worker threads before they are given up. Default 10,000. */
  readonly workerTimeout?: number;
}

const isUrlOrText = (value: unknown): boolean => typeof value === 'string' || isUrl(value);
const aUrl: Kind = { expected: 'a URL or its text', accepts: isUrlOrText };
const aBinary: Kind = {
  expected: 'the bytes of a file, a WebAssembly.Module, or a URL',
  accepts: (value) =>
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    value instanceof WebAssembly.Module ||
    isUrlOrText(value),
};

const wasmOptions = optionKinds<WasmOptions>({
  threads: anyNumber,
  build: oneOf('auto', 'simd', 'relaxed'),
  revectorize: aBoolean,
  maximumMemory: anyNumber,
  wasmUrl: aUrl,
  workerUrl: aUrl,
  binary: aBinary,
  workerTimeout: anyNumber,
});

/** @throws ArgumentError for options that do not exist, and for values that they cannot have. */
export function requireWasmOptions(options: WasmOptions): void {
  checkOptions('wasm', options, wasmOptions);
  const { workerTimeout = 1 } = options;
  if (!(workerTimeout > 0 && workerTimeout < 2 ** 31)) {
    throw new ArgumentError(
      `wasm: expected workerTimeout in milliseconds, above 0 and below 2^31, got ${formatValue(workerTimeout)}`,
    );
  }
}
