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
  /** Other storages that stand on this memory. */
  #borrowers = 0;
  /** Whose memory it is, where it is not its own; held as long as this is. */
  readonly #lender: Storage | null;

  constructor(device: Device, buffer: DeviceBuffer, lender: Storage | null = null) {
    this.device = device;
    this.buffer = buffer;
    this.#lender = lender;
    if (lender === null) device.liveBuffers++;
  }

  /**
   * The same memory under another identity: writes to one do not raise the version of the other.
   * @param buffer the one that stands on it.
   */
  lend(buffer: DeviceBuffer = this.buffer): Storage {
    this.#borrowers++;
    const lent = new Storage(this.device, buffer, this);
    lent.aliased = true;
    return lent;
  }

  retain(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
    this.#freeUnheld();
  }

  #freeUnheld(): void {
    if (this.#holders > 0 || this.#borrowers > 0) return;
    if (this.#lender !== null) {
      this.#lender.#borrowers--;
      this.#lender.#freeUnheld();
      return;
    }
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
