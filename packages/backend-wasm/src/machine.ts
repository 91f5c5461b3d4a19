import { DisposedError, forInference, OutOfMemoryError } from '@convnet/tensor-core';
import { WasmBuffer, type Derived, type Layout } from './buffer.ts';
import { WorkerDiedError } from './errors.ts';
import type { KernelExports } from './exports.ts';
import { Heap, type Block } from './heap.ts';
import * as control from './layout/control.generated.ts';
import {
  calls,
  callWords,
  headerWords,
  mostArgumentWords,
  stackBytes,
} from './layout/constants.generated.ts';
import type { IntegerArguments, KernelName } from './layout.generated.ts';
import type { Names } from './names.ts';
import type { Refusal, Reserve, Scribe } from './scribe.ts';

/** What a machine is made of: an instance, its memory, and how it may run. */
export interface MachineOptions {
  readonly exports: KernelExports;
  readonly names: Names;
  readonly memory: WebAssembly.Memory;
  /** Bytes that the memory may grow to. */
  readonly maximum: number;
  readonly threads: number;
  /** Whether this thread may park. */
  readonly mayWait: boolean;
  /** Rows of tiles with 8 columns, and whether tiles of 16 columns pay. */
  readonly tileRows: number;
  readonly wideTiles: boolean;
  /** Milliseconds without progress after which workers are given up. */
  readonly workerTimeout: number;
  readonly name: string;
}

/** Where some memory stands, and its bytes. */
export type Stretch = Pick<Block, 'address' | 'size'>;

const page = 65536;
/** Bytes of a call with the longest arguments, in whole cache lines. */
export const callBytes: number = 64 * Math.ceil((headerWords + mostArgumentWords) / 16);
const noIntegers: readonly number[] = [];
const firstScratch = 256 << 10;
/** Nanoseconds of work on one thread below which no worker is woken. */
const worthSharing = 12_000;

/** A kernel instance with its memory divided up: the ground that kernels are written on. */
export class Machine {
  readonly #exports: KernelExports;
  readonly #kernels: ReadonlyMap<string, number>;
  /** Numbers of the pointwise operations. */
  readonly operations: ReadonlyMap<string, number>;
  readonly threads: number;
  readonly #memory: WebAssembly.Memory;
  readonly #heap: Heap;
  readonly #maximum: number;
  readonly #name: string;
  readonly #control: number;
  /** Word where the arguments of the next call are written. */
  argumentWord: number;
  /** Words that the ring of calls begins and ends at. */
  readonly #firstCall: number;
  readonly #endOfCalls: number;
  /** The whole memory, seen anew each time it grows. */
  words: Int32Array = new Int32Array(0);
  floats: Float32Array = new Float32Array(0);
  doubles: Float64Array = new Float64Array(0);
  bytes: Uint8Array = new Uint8Array(0);
  #scratch: Block | null = null;
  /** Bytes of what `keptTable` gave. */
  #tableBytes = 0;
  #workspace: Block | null = null;
  readonly #temporaries: Block[] = [];
  /** Buffers made by the kernel in progress, given back if it fails for want of memory. */
  readonly #made: WasmBuffer[] = [];
  /** How many they are: what stands behind them is of earlier kernels, since an emptied list costs its memory anew. */
  #madeCount = 0;
  #ended: Error | null = null;
  /** For tests: is told of memory when it is handed out, and before each kernel of what that has for itself. */
  onHandedOut: ((block: Stretch) => void) | null = null;
  /** Who writes down what the kernels ask for that run now. */
  scribe: Scribe | null = null;
  /** A buffer that the kernel in progress reads last, element by element, and may make its result in. */
  spent: WasmBuffer | null = null;
  readonly #reserves = new Set<Reserve>();
  /** Whether the system refused the memory that was last asked for, although `#maximum` allows it. */
  #isRefused = false;

  constructor(options: MachineOptions) {
    this.#exports = options.exports;
    this.#kernels = options.names.kernels;
    this.operations = options.names.operations;
    this.threads = options.threads;
    this.#memory = options.memory;
    this.#maximum = options.maximum;
    this.#name = options.name;
    const start = options.exports.control_address();
    const behind = start + control.words * 4;
    this.#control = start / 4;
    this.#firstCall = this.#control + control.calls;
    this.#endOfCalls = this.#firstCall + calls * callWords;
    this.argumentWord = this.#firstCall + headerWords;
    if (!this.#grow(behind + page)) {
      throw new OutOfMemoryError(this.#name, behind + page, 0, this.#maximum);
    }
    this.#refresh();
    this.#heap = new Heap(
      {
        maximum: options.maximum,
        size: () => this.#memory.buffer.byteLength,
        grow: (bytes) => this.#grow(bytes),
      },
      behind,
    );
    const words = this.words;
    words[this.#control + control.threads] = options.threads;
    words[this.#control + control.tileRows] = options.tileRows;
    words[this.#control + control.wideTiles] = Number(options.wideTiles);
    words[this.#control + control.mayWait] = Number(options.mayWait);
    words[this.#control + control.patience] = options.workerTimeout;
    words[this.#control + control.worthSharing] = worthSharing;
    this.#reserveScratch(firstScratch);
  }

  #grow(bytes: number): boolean {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing <= 0) return true;
    try {
      this.#memory.grow(Math.ceil(missing / page));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#isRefused = true;
      return false;
    }
    this.#isRefused = false;
    this.#refresh();
    return true;
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    this.words = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
    this.bytes = new Uint8Array(buffer);
  }

  get live(): number {
    let kept = this.#tableBytes + (this.#scratch?.size ?? 0) + (this.#workspace?.size ?? 0);
    for (const reserve of this.#reserves) kept += reserve.heldBytes;
    return this.#heap.taken - kept;
  }

  get reserved(): number {
    return this.#memory.buffer.byteLength;
  }

  #allocate(bytes: number): Block {
    if (this.#ended !== null) throw this.#ended;
    let block = this.#heap.allocate(bytes, this.#reserves.size === 0);
    if (block === null && this.#reserves.size > 0) {
      this.letGoReserves();
      block = this.#heap.allocate(bytes);
    }
    if (block === null) {
      for (let i = 0; i < this.#madeCount; i++) this.free(this.#made[i]!);
      this.#madeCount = 0;
      this.#freeTemporaries();
      const limit = this.#isRefused ? this.reserved : this.#maximum;
      this.#isRefused = false;
      throw new OutOfMemoryError(this.#name, bytes, this.live, limit);
    }
    this.#handedOut(block);
    return block;
  }

  #handedOut(block: Stretch | null): void {
    if (this.onHandedOut === null || block === null) return;
    // Calls under way may read what was freed.
    this.#settle();
    this.onHandedOut(block);
  }

  /** A new buffer with undefined contents, or another one on the memory that is spent. */
  buffer(byteLength: number, layout: Layout): WasmBuffer {
    const { spent } = this;
    if (spent !== null && spent.byteLength === byteLength && spent.layout === layout) {
      this.spent = null;
      return this.alias(spent, layout);
    }
    const placed = this.scribe === null ? null : this.scribe.place(byteLength);
    const block = placed ?? this.#allocate(byteLength);
    const shared = { block, reuses: 0, derived: null, keeper: null };
    const buffer = new WasmBuffer(shared, byteLength, layout);
    if (placed !== null) return buffer;
    this.scribe?.took(block);
    this.#made[this.#madeCount++] = buffer;
    return buffer;
  }

  /** Another buffer on the same memory. */
  alias(buffer: WasmBuffer, layout: Layout): WasmBuffer {
    return new WasmBuffer(buffer.shared, buffer.byteLength, layout);
  }

  /** Gives the memory of a buffer back, and of all others on it. */
  free(buffer: WasmBuffer): void {
    const { shared } = buffer;
    this.written(buffer);
    if (shared.keeper === null) this.#heap.free(shared.block);
    else shared.keeper.takeBack(shared.block);
  }

  /** The contents of a buffer are about to change: what was derived from them is given back. */
  written(buffer: WasmBuffer): void {
    const { derived } = buffer.shared;
    if (derived === null) return;
    buffer.shared.derived = null;
    this.#heap.free(derived.block);
  }

  /**
   * Memory for what is derived from a buffer that is read often, which whoever computes it marks as ready. Null
   * for other buffers. `key` says what it is: another one replaces it.
   */
  derived(buffer: WasmBuffer, key: string, bytes: number): Derived | null {
    const { shared } = buffer;
    if (shared.reuses === 0) return null;
    if (shared.derived?.key !== key) {
      this.written(buffer);
      shared.derived = { key, block: this.#allocate(bytes), isReady: false };
    }
    this.scribe?.read(buffer, shared.derived);
    return shared.derived;
  }

  /** Memory that lasts until the kernel in progress is done. */
  temporary(bytes: number): number {
    const placed = this.scribe === null ? null : this.scribe.place(bytes);
    if (placed !== null) return placed.address;
    const block = this.#allocate(bytes);
    this.scribe?.took(block);
    this.#temporaries.push(block);
    return block.address;
  }

  /** Memory that the host may write at once, and that lasts until the call that reads it. */
  table(bytes: number): number {
    if (this.scribe !== null) return this.scribe.table(bytes);
    const address = this.temporary(bytes);
    this.settle();
    return address;
  }

  /** Memory that lasts until it is freed by `release`. */
  permanent(bytes: number): Block {
    return this.#allocate(bytes);
  }

  release(block: Block): void {
    this.#heap.free(block);
  }

  /** The same for tables that the device keeps for itself: no buffer holds them, so they are not live. */
  keptTable(bytes: number): Block {
    const block = this.#allocate(bytes);
    this.#tableBytes += block.size;
    return block;
  }

  releaseTable(block: Block): void {
    this.#tableBytes -= block.size;
    this.#heap.free(block);
  }

  /** Just these bytes, if they are free. */
  claim(address: number, bytes: number): Block | null {
    return this.#heap.claim(address, bytes);
  }

  /** Memory that is given back before more is taken from the system. */
  addReserve(reserve: Reserve): void {
    this.#reserves.add(reserve);
  }

  removeReserve(reserve: Reserve): void {
    this.#reserves.delete(reserve);
  }

  letGoReserves(): void {
    for (const reserve of this.#reserves) reserve.letGo();
    this.#reserves.clear();
  }

  /** The way that the convolution goes whose arguments are written, in a pass of this number. */
  convolutionWay(pass: number): number {
    return this.#exports.convolution_way(this.argumentWord * 4, pass);
  }

  /** Bytes of the packed weights of the forward convolution whose arguments are written, and which keeps them. */
  packedWeightBytes(): number {
    return this.#exports.packed_weight_bytes(this.argumentWord * 4) >>> 0;
  }

  /** Ends a kernel, with every way out: gives its temporaries back. */
  finish(): void {
    this.#madeCount = 0;
    if (this.#temporaries.length > 0) this.#freeTemporaries();
    if (this.#ended !== null) throw this.#ended;
    if (this.threads > 1 && this.words[this.#control + control.failed] !== 0) this.#fail();
  }

  #freeTemporaries(): void {
    while (this.#temporaries.length > 0) this.#heap.free(this.#temporaries.pop()!);
  }

  #fail(): never {
    this.end(
      new WorkerDiedError(
        `${this.#name}: a worker thread made no progress for ` +
          `${this.words[this.#control + control.patience]} ms; results are lost. Make a new device.`,
      ),
    );
    throw this.#ended!;
  }

  /** Every later use throws `error`. */
  end(error: Error): void {
    this.#ended ??= error;
  }

  dispose(): void {
    this.#exports.stop_workers?.();
    this.end(new DisposedError(`${this.#name}: this device was disposed of`));
  }

  /**
   * Calls a kernel with the arguments that were written from `argumentWord` on. `integers` are the first of them. On
   * several threads the call is under way when this returns: later calls see what it wrote, the host does after
   * `settle`.
   */
  call<Name extends KernelName>(
    name: Name,
    integers: Name extends keyof IntegerArguments
      ? IntegerArguments[Name]
      : readonly number[] = noIntegers as never,
  ): void {
    const call = this.#write(name, integers);
    if (this.scribe !== null && !this.scribe.called(call, null)) return;
    this.#submit(call);
  }

  #submit(call: number): void {
    this.#handedOut(this.#scratch);
    this.#handedOut(this.#workspace);
    while (this.#exports.submit(call) === 0) this.#makeRoom();
    if (this.threads === 1) return;
    this.argumentWord += callWords;
    if (this.argumentWord >= this.#endOfCalls) this.argumentWord = this.#firstCall + headerWords;
  }

  /**
   * Calls a kernel that needs no memory and waits for its answer.
   * @throws the error of `refusal` for an answer other than 0; the buffers of the kernel in progress are given back.
   */
  ask(name: KernelName, refusal: Refusal): void {
    const call = this.#write(name, noIntegers);
    if (this.scribe !== null && !this.scribe.called(call, refusal)) return;
    this.#answer(call, refusal);
  }

  #answer(call: number, refusal: Refusal): void {
    this.#settle();
    const answer = this.#exports.run_call(call);
    if (answer === 0) return;
    const error = refusal(answer);
    for (let i = 0; i < this.#madeCount; i++) this.free(this.#made[i]!);
    this.finish();
    throw error;
  }

  /**
   * Runs a call that was written down, on memory that was taken for it.
   * @param fresh what nobody has written yet.
   */
  repeat(call: number, refusal: Refusal | null, fresh: readonly Stretch[]): void {
    if (forInference) return;
    if (this.onHandedOut !== null) for (const block of fresh) this.#handedOut(block);
    if (refusal !== null) {
      this.#answer(call, refusal);
    } else if (this.threads === 1) {
      this.#submit(call);
    } else {
      const slot = this.argumentWord - headerWords;
      this.words.copyWithin(slot, call / 4, (call + callBytes) / 4);
      this.#submit(slot * 4);
    }
  }

  /** Waits until all calls are done. Before the host reads or writes what calls may: all but their arguments. */
  settle(): void {
    this.scribe?.touched();
    this.#settle();
  }

  #settle(): void {
    if (this.#ended !== null) throw this.#ended;
    this.#exports.settle?.();
  }

  /** Completes the next call; its address. */
  #write(name: KernelName, integers: readonly number[]): number {
    const { words, argumentWord } = this;
    words[argumentWord - headerWords] = this.#kernels.get(name)!;
    for (let i = 0; i < integers.length; i++) words[argumentWord + i] = integers[i]!;
    return (argumentWord - headerWords) * 4;
  }

  /** Reserves what a call wants. */
  #makeRoom(): void {
    this.#settle();
    const scratch = this.controlWord(control.scratchWanted) >>> 0;
    const workspace = this.controlWord(control.workspaceWanted) >>> 0;
    if (scratch > this.controlWord(control.scratchBytes) >>> 0) this.#reserveScratch(scratch);
    if (workspace > this.controlWord(control.workspaceBytes) >>> 0)
      this.#reserveWorkspace(workspace);
  }

  #reserveScratch(bytesPerThread: number): void {
    const each = Math.ceil(bytesPerThread / 4096) * 4096;
    if (this.#scratch !== null) this.#heap.free(this.#scratch);
    this.#scratch = null;
    this.words[this.#control + control.scratchBytes] = 0;
    this.#scratch = this.#allocate(each * this.threads);
    this.words[this.#control + control.scratch] = this.#scratch.address;
    this.words[this.#control + control.scratchBytes] = each;
  }

  #reserveWorkspace(bytes: number): void {
    if (this.#workspace !== null) this.#heap.free(this.#workspace);
    this.#workspace = null;
    this.words[this.#control + control.workspaceBytes] = 0;
    this.#workspace = this.#allocate(Math.ceil(bytes / 4096) * 4096);
    this.words[this.#control + control.workspace] = this.#workspace.address;
    this.words[this.#control + control.workspaceBytes] = this.#workspace.size;
  }

  /** The top of a new stack for a worker. */
  stackTop(): number {
    return this.permanent(stackBytes).address + stackBytes;
  }

  /** Words of the control block, for the loader and for tests of faults. */
  controlWord(word: number): number {
    return this.words[this.#control + word]!;
  }

  setControlWord(word: number, value: number): void {
    this.words[this.#control + word] = value;
  }
}
