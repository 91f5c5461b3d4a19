import { OutOfMemoryError } from '@convnet/tensor-core';

import { BufferLimitError } from '../errors.ts';
import type { NumberedBuffer } from '../gpu-buffer.ts';
import { bufferUsage } from '../usage.ts';

/** Sizes are rounded up to a power of two below this many bytes and to a multiple of it above. */
const coarse = 1 << 20;

/** Bytes of the largest buffer whose elements shaders count, also where a device allows more. */
const mostBytes = 2 ** 32 - 4;

/**
 * Device buffers, kept for reuse by size. A buffer may be taken again as soon as it was given back: the device
 * runs what was recorded in order.
 */
export class BufferPool {
  readonly #gpu: GPUDevice;
  readonly #onFailure: (error: OutOfMemoryError) => void;
  readonly #free = new Map<number, NumberedBuffer[]>();
  readonly #all = new Set<NumberedBuffer>();
  #made = 0;
  /** Bytes of buffers in use. */
  live = 0;
  /** Bytes of all buffers. */
  reserved = 0;

  /** The device tells later when it had no room for a buffer; then `onFailure` is called. */
  constructor(gpu: GPUDevice, onFailure: (error: OutOfMemoryError) => void) {
    this.#gpu = gpu;
    this.#onFailure = onFailure;
  }

  /**
   * A buffer of at least `bytes`; its contents are left from an earlier use.
   * @throws BufferLimitError where the device allows none so large.
   */
  take(bytes: number): NumberedBuffer {
    const size = this.sizeFor(bytes);
    const buffer = this.#free.get(size)?.pop() ?? this.#create(size);
    this.live += buffer.size;
    return buffer;
  }

  /**
   * Bytes of the buffer that `take` gives: of a size class, but no larger than one that is bound as one or than the largest.
   * @throws BufferLimitError.
   */
  sizeFor(bytes: number): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#gpu.limits;
    const limit = Math.min(maxBufferSize, mostBytes);
    if (bytes > limit) throw new BufferLimitError(bytes, this.live, limit);
    const bound = bytes <= maxStorageBufferBindingSize ? maxStorageBufferBindingSize : limit;
    return Math.min(sizeClass(bytes), bound, limit);
  }

  giveBack(buffer: NumberedBuffer): void {
    this.live -= buffer.size;
    const list = this.#free.get(buffer.size);
    if (list === undefined) this.#free.set(buffer.size, [buffer]);
    else list.push(buffer);
  }

  /** Takes a buffer in use out of the pool: whoever asks destroys it once nothing that was recorded reads it. */
  remove(buffer: NumberedBuffer): void {
    this.live -= buffer.size;
    this.reserved -= buffer.size;
    this.#all.delete(buffer);
  }

  /** Gives all memory back, that of buffers in use too. */
  dispose(): void {
    for (const { gpu } of this.#all) gpu.destroy();
    this.#all.clear();
    this.#free.clear();
    this.live = 0;
    this.reserved = 0;
  }

  #create(size: number): NumberedBuffer {
    const { live, reserved } = this;
    this.reserved += size;
    this.#gpu.pushErrorScope('out-of-memory');
    const gpu = this.#gpu.createBuffer({
      size,
      usage: bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget,
    });
    const buffer = { gpu, size, id: this.#made++ };
    this.#all.add(buffer);
    void this.#tellOfNoRoom(new OutOfMemoryError('webgpu', size, live, reserved));
    return buffer;
  }

  /** Ends the scope in which a buffer was made: the device had no more room than it had given before. */
  async #tellOfNoRoom(error: OutOfMemoryError): Promise<void> {
    let found: GPUError | null = null;
    try {
      found = await this.#gpu.popErrorScope();
    } catch {
      // A device that is gone says so itself.
    }
    if (found !== null) this.#onFailure(error);
  }
}

function sizeClass(bytes: number): number {
  if (bytes > coarse) return Math.ceil(bytes / coarse) * coarse;
  return Math.max(16, 2 ** Math.ceil(Math.log2(Math.max(bytes, 1))));
}
