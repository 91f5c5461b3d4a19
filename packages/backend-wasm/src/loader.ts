import { ArgumentError, Device } from '@convnet/tensor-core';
import { backendOf } from './backend.ts';
import { binaryName, binaryUrl, urlOf, workerUrl, type Build } from './binaries.ts';
import {
  MemoryUnavailableError,
  ThreadsUnavailableError,
  UnsupportedEngineError,
  WrongBinaryError,
} from './errors.ts';
import type { KernelExports } from './exports.ts';
import { hasRelaxedSimd, hasSharedMemory, hasSimd } from './features.ts';
import { interfaceNumber } from './layout.generated.ts';
import { Machine } from './machine.ts';
import { namesIn, type Names } from './names.ts';
import { requireWasmOptions, type WasmOptions } from './options.ts';
import {
  compileFrom,
  coreCount,
  holdAddressSpace,
  isIsolated,
  isX64Node,
  keepsTallTiles,
  mayWait,
  nodeMajor,
  nodeModule,
} from './platform.ts';
import { chooseThreads, sharingObstacle } from './threads.ts';
import { startWorker, workerMebibytes, type WorkerThread } from './workers.ts';

const page = 65536;
const mostPages = 65536;
const firstPages = 64;
/** Address space that a new memory leaves. */
const spareBytes = 192 * 2 ** 20;
const defaultTimeout = 10_000;

/** Sets V8's flag before anything is compiled; returns whether pairs of vectors become one. */
async function revectorize(wanted: boolean): Promise<boolean> {
  if (!wanted || !isX64Node || nodeMajor === null) return false;
  const { setFlagsFromString } = await nodeModule('node:v8');
  if (nodeMajor < 22) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    return false;
  }
  setFlagsFromString('--experimental-wasm-revectorize');
  return true;
}

function chooseBuild(wanted: 'auto' | Build): Build {
  if (!hasSimd()) {
    throw new UnsupportedEngineError(
      'wasm: this engine has no WebAssembly SIMD, which every kernel needs; ' +
        'Chrome 91, Firefox 90, Safari 16.4, Node 16.4 and newer have it',
    );
  }
  if (wanted === 'relaxed' && !hasRelaxedSimd()) {
    throw new UnsupportedEngineError(
      "wasm: this engine has no relaxed SIMD; use build: 'auto' or 'simd'" +
        (nodeMajor === 20 ? ', or revectorize: true, which enables it in Node 20' : ''),
    );
  }
  if (wanted !== 'auto') return wanted;
  return hasRelaxedSimd() ? 'relaxed' : 'simd';
}

async function compile(
  { binary, wasmUrl }: WasmOptions,
  build: Build,
  threaded: boolean,
): Promise<WebAssembly.Module> {
  if (binary === undefined) return compileFrom(binaryUrl(build, threaded, wasmUrl));
  if (binary instanceof WebAssembly.Module) return binary;
  if (typeof binary === 'string' || 'href' in binary) {
    return compileFrom(urlOf('binary', binary));
  }
  return WebAssembly.compile(binary).catch((error: unknown) => {
    const found = `bytes that do not compile (${String(error)})`;
    throw new WrongBinaryError(binaryName(build, threaded), found, { cause: error });
  });
}

/**
 * The greatest memory up to `pages` that the engine reserves, or a half of it, and so on.
 *
 * @throws MemoryUnavailableError where it reserves none.
 */
function newMemory(pages: number, threads: number): { memory: WebAssembly.Memory; pages: number } {
  const shared = threads > 1;
  for (let maximum = pages; ; maximum = Math.floor(maximum / 2)) {
    try {
      // V8 may give it all that is left, and ends the process where its own heap then finds nothing.
      const release = holdAddressSpace(spareBytes);
      try {
        const memory = new WebAssembly.Memory({ initial: firstPages, maximum, shared });
        return { memory, pages: maximum };
      } finally {
        release();
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (maximum / 2 < firstPages) {
        throw new MemoryUnavailableError([pages * page, maximum * page], threads, error);
      }
    }
  }
}

/**
 * Starts the worker threads, before the memory takes what address space there is.
 *
 * @throws ThreadsUnavailableError where there is not enough of it, or they do not start.
 */
async function startWorkers(
  count: number,
  options: WasmOptions,
  onDeath: (error: Error) => void,
): Promise<WorkerThread[]> {
  if (count === 0) return [];
  try {
    holdAddressSpace(count * workerMebibytes * 2 ** 20)();
  } catch (error) {
    throw new ThreadsUnavailableError(
      `wasm: no address space for ${count} worker threads, which take ${workerMebibytes} MiB each: give the process more ` +
        '(`ulimit -v`, the limit of its container), or run on fewer threads',
      { cause: error },
    );
  }
  const script = workerUrl(options);
  const starting = Array.from({ length: count }, (_, i) => startWorker(i + 1, script, onDeath));
  try {
    return await Promise.all(starting);
  } catch (error) {
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === 'fulfilled') started.value.end();
    }
    throw error;
  }
}

function maximumPages(bytes: number | undefined): number {
  if (bytes === undefined) return mostPages;
  const pages = Math.floor(bytes / page);
  if (!(pages >= firstPages && pages <= mostPages)) {
    throw new ArgumentError(
      `wasm: expected maximumMemory from ${firstPages * page} to ${mostPages * page} bytes, got ${bytes}`,
    );
  }
  return pages;
}

/** The functions of a binary over this memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { [name]: memory };
  }
  return new WebAssembly.Instance(module, imports).exports as unknown as KernelExports;
}

/**
 * The same for a binary that may be another than `expected`.
 *
 * @throws WrongBinaryError where its memory is not of that kind, or it is none of this package's.
 */
function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  expected: string,
): KernelExports {
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  if (!['submit', 'run_call', 'control_address'].every((name) => exported.has(name))) {
    throw new WrongBinaryError(expected, 'a module without its kernels');
  }
  if (!exported.has('interface_number')) {
    throw new WrongBinaryError(expected, 'one of an older version');
  }
  try {
    const kernels = instantiate(module, memory);
    const number = kernels.interface_number() >>> 0;
    if (number === interfaceNumber) return kernels;
    const found = `one of another version (its interface is ${number}, that of this package ${interfaceNumber})`;
    throw new WrongBinaryError(expected, found);
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    const isShared = memory.buffer instanceof ArrayBuffer ? 'several threads' : 'one thread';
    const found = `one for ${isShared} (${error.message})`;
    throw new WrongBinaryError(expected, found, { cause: error });
  }
}

/** @throws WrongBinaryError where some tool has taken out what no kernel needs to run. */
function requireNames(module: WebAssembly.Module, expected: string): Names {
  const names = namesIn(module);
  if (names !== null) return names;
  const found = "one without the section 'convnet-interface', which names its kernels";
  throw new WrongBinaryError(expected, found);
}

/** A device and what tests of faults need of it. */
export interface Opened {
  readonly device: Device;
  readonly machine: Machine;
  readonly workers: readonly WorkerThread[];
}

/** As `wasm`, with access to the inside. */
export async function open(options: WasmOptions = {}): Promise<Opened> {
  requireWasmOptions(options);
  const wide = await revectorize(options.revectorize ?? false);
  const build = chooseBuild(options.build ?? 'auto');
  const threads = chooseThreads(
    options.threads,
    sharingObstacle(isIsolated(), hasSharedMemory),
    await coreCount(),
  );
  const threaded = threads > 1;
  const module = await compile(options, build, threaded);
  const maximum = maximumPages(options.maximumMemory);
  let running: Machine | null = null;
  const workers = await startWorkers(threads - 1, options, (error) => running?.end(error));
  const endWorkers = (): void => workers.forEach((worker) => worker.end());
  try {
    const { memory, pages } = newMemory(maximum, threads);
    const expected = binaryName(build, threaded);
    const machine = new Machine({
      exports: instantiateKernels(module, memory, expected),
      names: requireNames(module, expected),
      memory,
      maximum: pages * page,
      threads,
      mayWait: mayWait(),
      tileRows: build === 'relaxed' && keepsTallTiles() ? 6 : 4,
      wideTiles: wide,
      workerTimeout: options.workerTimeout ?? defaultTimeout,
      name: 'wasm',
    });
    running = machine;
    const tasks = workers.map((worker, i) =>
      worker.begin({ module, memory, thread: i + 1, stackTop: machine.stackTop() }),
    );
    await Promise.all(tasks);
    const simd = build === 'relaxed' ? 'relaxed SIMD' : 'SIMD';
    const count = threaded ? `${threads} threads` : '1 thread';
    const description = `wasm (${simd}${wide ? ', 256-bit' : ''}, ${count})`;
    const backend = backendOf(machine, description, endWorkers);
    return { device: new Device(backend), machine, workers };
  } catch (error) {
    endWorkers();
    throw error;
  }
}

/**
 * A device that computes on the CPU in WebAssembly.
 *
 * ```ts
 * const device = await wasm({ threads: 2 });
 * ```
 *
 * @throws UnsupportedEngineError where the engine lacks SIMD, or the relaxed SIMD that was asked for.
 * @throws MissingBinaryError where no binary lies at its URL.
 * @throws WrongBinaryError where it, or the one given as `binary`, is not the one that the other options need.
 * @throws MemoryUnavailableError where the system reserves no memory.
 * @throws ThreadsUnavailableError where `threads` above 1 was asked for and memory cannot be shared, or where the threads do
 *   not start or find no address space.
 * @throws ArgumentError for options out of range.
 */
export async function wasm(options: WasmOptions = {}): Promise<Device> {
  return (await open(options)).device;
}
