import type { DeviceBuffer } from './backend.ts';
import type { Device } from './device.ts';

/**
 * The memory behind one or more tensors, counted: the tensors a program holds, and the graphs that saved
 * them for their gradients. It is freed when the last of them lets go.
 */
export class Storage {
  readonly device: Device;
  readonly buffer: DeviceBuffer;
  /** Grows with every write in place, so that autograd notices values overwritten since. */
  version = 0;
  /** Whether another storage may share this memory, so that it must not be written for its owner alone. */
  aliased = false;
  #holders = 1;

  constructor(device: Device, buffer: DeviceBuffer) {
    this.device = device;
    this.buffer = buffer;
    device.liveBuffers++;
  }

  retain(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.device.liveBuffers--;
    this.device.free(this.buffer);
  }

  /** How many tensors and saved values hold it. */
  get holders(): number {
    return this.#holders;
  }

  /** Whether the memory may be written or taken over by its one holder. */
  get isExclusive(): boolean {
    return this.#holders === 1 && !this.aliased;
  }
}
