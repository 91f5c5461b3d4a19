import type { ByteSource } from '../bytes/byte-source.ts';
import { pastEnd } from '../bytes/memory-source.ts';
import { ZipError } from '../errors.ts';
import { inflatedStart, storedOffset } from './content.ts';
import type { ZipEntry } from './directory.ts';

/** An entry of an archive as bytes that are read piece by piece. What is compressed is unpacked up to where it is read. */
export class EntrySource implements ByteSource {
  readonly name: string;
  readonly #source: ByteSource;
  readonly #entry: ZipEntry;

  constructor(source: ByteSource, entry: ZipEntry) {
    this.name = `${source.name}, ${entry.name}`;
    this.#source = source;
    this.#entry = entry;
  }

  get size(): number {
    return this.#entry.size;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.size) throw pastEnd(this, start, end);
    if (this.#entry.method === 0) {
      const offset = await storedOffset(this.#source, this.#entry);
      return this.#source.read(offset + start, offset + end);
    }
    const bytes = await inflatedStart(this.#source, this.#entry, end);
    if (bytes.length === end) return bytes.subarray(start);
    throw new ZipError(
      'size',
      this.name,
      `it unpacks to ${bytes.length} bytes, the directory says ${this.size}`,
    );
  }

  /** The archive stays open. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
