import { bufferUsage } from '../usage.ts';

/** Bytes of buffers that are kept; a read of more makes its own each time. */
const most = 1 << 24;

/** Buffers that the host can map for reading, kept for the next read of about the size. */
export class StagingBuffers {
  readonly #gpu: GPUDevice;
  readonly #free: GPUBuffer[] = [];
  #kept = 0;
  #isDisposed = false;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** An unmapped buffer of at least so many bytes. */
  take(bytes: number): GPUBuffer {
    const at = this.#free.findIndex(
      ({ size }) => size >= bytes && size <= Math.max(4 * bytes, 256),
    );
    if (at >= 0) {
      const [found] = this.#free.splice(at, 1);
      this.#kept -= found!.size;
      return found!;
    }
    const { maxBufferSize } = this.#gpu.limits;
    const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, 1)));
    // What is read may be as large as a buffer can be, and that need not be a power of two.
    const size = Math.max(Math.min(power, maxBufferSize), 256);
    return this.#gpu.createBuffer({ size, usage: bufferUsage.mapRead | bufferUsage.copyTarget });
  }

  /** Gives back a buffer that is not mapped. */
  giveBack(buffer: GPUBuffer): void {
    if (this.#isDisposed || this.#kept + buffer.size > most) {
      buffer.destroy();
      return;
    }
    this.#kept += buffer.size;
    this.#free.push(buffer);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const buffer of this.#free.splice(0)) buffer.destroy();
  }
}
