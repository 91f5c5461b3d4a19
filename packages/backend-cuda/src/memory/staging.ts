import type { Session } from '../addon/interface.ts';

/** Pinned bytes that are kept; more are given back when the device is done with them. */
const most = 256 << 20;
const least = 64 << 10;

/** Memory of the host that the device reaches by itself. */
export interface StagingBuffer {
  readonly address: number;
  readonly bytes: number;
}

/** One that the device may still read. */
interface Busy {
  readonly buffers: readonly StagingBuffer[];
  readonly mark: number;
}

/** Pinned memory for copies: they run beside the host only from and to such. Kept for reuse. */
export class Staging {
  readonly #session: Session;
  readonly #free: StagingBuffer[] = [];
  /** Oldest first. */
  readonly #busy: Busy[] = [];
  #kept = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** @returns null where the host has no room. */
  take(bytes: number): StagingBuffer | null {
    this.#collect();
    const found = this.#takeFree(bytes);
    if (found !== null) return found;
    // Rather wait for a copy than take ever more.
    while (this.#kept > most && this.#busy.length > 0) {
      const { buffers, mark } = this.#busy.shift()!;
      this.#session.wait(mark);
      for (const buffer of buffers) this.giveBack(buffer);
      const waited = this.#takeFree(bytes);
      if (waited !== null) return waited;
    }
    const size = Math.max(2 ** Math.ceil(Math.log2(Math.max(bytes, 1))), least);
    const address = this.#session.allocatePinned(size);
    if (address === 0) return null;
    this.#kept += size;
    return { address, bytes: size };
  }

  /** Gives back what the device is done with. */
  giveBack(buffer: StagingBuffer): void {
    if (this.#kept > most) {
      this.#kept -= buffer.bytes;
      this.#session.releasePinned(buffer.address);
    } else this.#free.push(buffer);
  }

  /** Gives back what the device is done with once it has come to here. */
  giveBackLater(buffers: readonly StagingBuffer[]): void {
    if (buffers.length > 0) this.#busy.push({ buffers, mark: this.#session.mark() });
  }

  #collect(): void {
    while (this.#busy.length > 0 && this.#session.hasPassed(this.#busy[0]!.mark)) {
      for (const buffer of this.#busy.shift()!.buffers) this.giveBack(buffer);
    }
  }

  #takeFree(bytes: number): StagingBuffer | null {
    const at = this.#free.findIndex(
      (buffer) => buffer.bytes >= bytes && buffer.bytes <= Math.max(4 * bytes, least),
    );
    return at < 0 ? null : this.#free.splice(at, 1)[0]!;
  }
}
