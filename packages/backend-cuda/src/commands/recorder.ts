import { DeviceError, DisposedError, formatBytes, unwrittenWord } from '@convnet/tensor-core';

import type { Session } from '../addon/interface.ts';
import type { Memory, Pointer } from '../cuda-buffer.ts';
import { CudaOutOfMemoryError, DeviceLostError, isFatal, translated } from '../errors.ts';
import type { Helpers } from '../kernels/index.ts';
import { MemoryPool } from '../memory/pool.ts';
import { Staging, type StagingBuffer } from '../memory/staging.ts';
import { addressOf, Encoder } from './encoder.ts';
import { KernelContext, type DeviceFacts, type LaunchShape, type Word } from './kernel-context.ts';
import { requireParameters, type LoadedKernels } from './loaded-kernels.ts';

/** Commands after which they are handed over even in the middle of a task: the device need not wait for its end. */
const commandLimit = 64;
const firstWords = 1 << 14;
/** A large upload goes in pieces, of which the device copies one while the host fills the next. */
const pieceBytes = 32 << 20;

/**
 * Encodes commands and hands them over together: at the end of the running task, when there are many, or when results
 * are read. Nothing waits but a read.
 */
export class Recorder extends KernelContext implements Helpers {
  readonly facts: DeviceFacts;
  readonly session: Session;
  readonly pool: MemoryPool;
  readonly kernels: LoadedKernels;
  /** Chooses between own kernels and libraries; null where there are no libraries. */
  choice: Helpers['choice'] = null;
  /** Kernels that were compiled for chains of pointwise rows; null where there is no compiler. */
  chains: Helpers['chains'] = null;
  /** Such as 'cuda:0', in messages. */
  readonly name: string;
  /** For tests: whether memory for results is filled with NaN first, so that an element which no kernel writes is seen. */
  marksUnwritten = false;
  /** Times that commands were handed over, launches in them, and times that the host waited for the device. */
  readonly counts: { submissions: number; launches: number; waits: number } = {
    submissions: 0,
    launches: 0,
    waits: 0,
  };
  readonly #encoder = new Encoder(firstWords);
  readonly #staging: Staging;
  /** Staging that the commands since the last submission read. */
  #staged: StagingBuffer[] = [];
  #isScheduled = false;
  /** An error that came where nobody could hear of it. */
  #unheard: Error | null = null;
  /** Why nothing works any more. */
  #lost: DeviceLostError | null = null;
  #isDisposed = false;

  constructor(session: Session, kernels: LoadedKernels, facts: DeviceFacts, name: string) {
    super();
    this.session = session;
    this.kernels = kernels;
    this.facts = facts;
    this.name = name;
    this.pool = new MemoryPool(session);
    this.#staging = new Staging(session);
  }

  take(bytes: number): Memory {
    this.#requireDevice();
    const memory = { address: this.takeAddress(bytes), bytes };
    if (this.marksUnwritten && bytes > 0) this.fill(memory, 4, unwrittenWord, Math.ceil(bytes / 4));
    return memory;
  }

  /** Where so many bytes may stand. What is kept for reuse goes back to the driver if there is no other room. @throws OutOfMemoryError. */
  takeAddress(bytes: number): number {
    const { pool, session } = this;
    let address = this.attempt(() => pool.take(bytes));
    if (address !== 0) return address;
    // What was encoded may use what was given back since.
    this.submit();
    address = this.attempt(() => (pool.trim() ? pool.take(bytes) : 0));
    if (address !== 0) return address;
    const device = this.attempt(() => session.memory());
    throw new CudaOutOfMemoryError(this.name, bytes, pool.live, pool.reserved, device);
  }

  giveBack(memory: Memory): void {
    this.pool.giveBack(memory.address);
  }

  launch(
    kernel: string,
    shape: LaunchShape,
    pointers: readonly Pointer[],
    words: readonly Word[],
  ): void {
    const [x, y, z] = shape.grid;
    if (x === 0 || y === 0 || z === 0) return;
    const loaded = this.attempt(() => this.kernels.get(kernel));
    requireParameters(kernel, loaded, pointers, words);
    this.#encoder.launch(loaded.number, shape, pointers, words);
    this.counts.launches++;
    this.#schedule();
  }

  callLibrary(plan: number, pointers: readonly Pointer[]): void {
    this.#encoder.call(plan, pointers);
    this.counts.launches++;
    this.#schedule();
  }

  upload(contents: ArrayBufferView<ArrayBuffer>): Memory {
    const memory = this.take(contents.byteLength);
    try {
      this.write(memory, contents);
    } catch (error) {
      this.giveBack(memory);
      throw error;
    }
    return memory;
  }

  /** Copies bytes of the host into a memory, behind what was encoded before. They may change at once. */
  write(memory: Memory, { buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): void {
    for (let at = 0; at < byteLength; at += pieceBytes) {
      const bytes = Math.min(byteLength - at, pieceBytes);
      const staging = this.#stagingFor(bytes);
      this.session.writePinned(staging.address, new Uint8Array(buffer, byteOffset + at, bytes));
      this.#staged.push(staging);
      this.#encoder.copy(memory.address + at, staging.address, bytes);
      this.#schedule();
      if (byteLength > pieceBytes) this.submit();
    }
  }

  /** A copy of bytes in the memory of another device, behind all that both were given. */
  copyFrom(other: Recorder, from: Memory, bytes: number): Memory {
    const memory = this.take(bytes);
    if (bytes === 0) return memory;
    try {
      other.submit();
      this.submit();
      this.attempt(() => this.session.copyFrom(other.session, memory.address, from.address, bytes));
    } catch (error) {
      this.giveBack(memory);
      throw error;
    }
    return memory;
  }

  /** The first bytes of a memory, once the device has come to here. Waits on another thread. */
  async read(from: Memory, bytes: number): Promise<ArrayBuffer> {
    this.#requireDevice();
    if (bytes === 0) return new ArrayBuffer(0);
    const staging = this.#stagingFor(bytes);
    this.#encoder.copy(staging.address, addressOf(from), bytes);
    this.submit();
    try {
      this.counts.waits++;
      await this.session.waitAside(this.session.mark());
      this.#requireDevice();
      return this.session.readPinned(staging.address, bytes);
    } catch (error) {
      throw this.#failure(error);
    } finally {
      if (!this.#isDisposed) this.#staging.giveBack(staging);
    }
  }

  /** Waits for the device to be done with all. */
  async synchronize(): Promise<void> {
    this.#requireDevice();
    this.submit();
    this.counts.waits++;
    try {
      await this.session.waitAside(this.session.mark());
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Hands over what was encoded. */
  submit(): void {
    const encoder = this.#encoder;
    if (encoder.count === 0) return;
    this.#requireDevice();
    const staged = this.#staged;
    this.#staged = [];
    try {
      this.attempt(() => {
        this.session.submit(encoder.words, encoder.length);
        this.#staging.giveBackLater(staged);
      });
    } finally {
      encoder.clear();
    }
    this.counts.submissions++;
  }

  /** Calls the addon. @throws what it threw, in words that a caller can act on. */
  attempt<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Gives all back once the device is done with what it was given. */
  dispose(): void {
    this.#isDisposed = true;
    this.#encoder.clear();
    this.session.close();
    this.pool.clear();
  }

  #stagingFor(bytes: number): StagingBuffer {
    const staging = this.attempt(() => this.#staging.take(bytes));
    if (staging !== null) return staging;
    throw new DeviceError(
      `${this.name}: the host has no room for ${formatBytes(bytes)} of pinned memory, which copies go through`,
    );
  }

  /** What to throw for an error: of a fault on the device once, then that it is lost. */
  #failure(error: unknown): Error {
    if (this.#isDisposed) return new DisposedError(`${this.name}: this device was disposed of`);
    if (!isFatal(error)) return translated(error, this.name);
    const first = this.#lost === null;
    const { result = 'unknown' } = error as { readonly result?: string };
    this.#lost ??= new DeviceLostError(this.name, result, { cause: error });
    return first ? translated(error, this.name) : this.#lost;
  }

  /** @throws what went wrong unheard, once; DeviceLostError from then on; DisposedError. */
  #requireDevice(): void {
    if (this.#isDisposed) throw new DisposedError(`${this.name}: this device was disposed of`);
    if (this.#unheard !== null) {
      const error = this.#unheard;
      this.#unheard = null;
      throw error;
    }
    if (this.#lost !== null) throw this.#lost;
  }

  #schedule(): void {
    if (this.#encoder.count >= commandLimit) this.submit();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => this.#submitLater());
    }
  }

  /** At the end of the task, where nobody hears an error: the next call does. */
  #submitLater(): void {
    this.#isScheduled = false;
    if (this.#lost !== null || this.#isDisposed) return;
    try {
      this.submit();
    } catch (error) {
      this.#unheard ??= error as Error;
    }
  }
}
