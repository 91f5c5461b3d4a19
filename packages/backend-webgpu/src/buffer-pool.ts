import { OutOfMemoryError } from '@convnet/tensor-core';

import { bufferUsage } from './usage.ts';

/** Sizes are rounded up to a power of two below this many bytes and to a multiple of it above. */
const coarse = 1 << 20;

/**
 * Device buffers, kept for reuse by size. A buffer may be taken again as soon as it was given back: the device
 * runs what was recorded in order.
 */
export class BufferPool {
  readonly #gpu: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #all = new Set<GPUBuffer>();
  /** Bytes of buffers in use. */
  live = 0;
  /** Bytes of all buffers. */
  reserved = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** A buffer of at least `bytes`; its contents are left from an earlier use. */
  take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes);
    const buffer = this.#free.get(size)?.pop() ?? this.#create(size);
    this.live += buffer.size;
    return buffer;
  }

  giveBack(buffer: GPUBuffer): void {
    this.live -= buffer.size;
    const list = this.#free.get(buffer.size);
    if (list === undefined) this.#free.set(buffer.size, [buffer]);
    else list.push(buffer);
  }

  /** Gives all memory back, that of buffers in use too. */
  dispose(): void {
    for (const buffer of this.#all) buffer.destroy();
    this.#all.clear();
    this.#free.clear();
    this.live = 0;
    this.reserved = 0;
  }

  #create(size: number): GPUBuffer {
    const limit = Math.min(
      this.#gpu.limits.maxStorageBufferBindingSize,
      this.#gpu.limits.maxBufferSize,
    );
    if (size > limit) throw new OutOfMemoryError('webgpu', size, this.live, limit);
    this.reserved += size;
    const buffer = this.#gpu.createBuffer({
      size,
      usage: bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget,
    });
    this.#all.add(buffer);
    return buffer;
  }
}

function sizeClass(bytes: number): number {
  if (bytes > coarse) return Math.ceil(bytes / coarse) * coarse;
  return Math.max(16, 2 ** Math.ceil(Math.log2(Math.max(bytes, 1))));
}
