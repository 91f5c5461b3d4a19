import { SourceError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';

/** Bytes in memory. What is read is a view of them, not a copy. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.name = name;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.#bytes.length) return Promise.reject(pastEnd(this, start, end));
    return Promise.resolve(this.#bytes.subarray(start, end));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The error for bytes that a source does not have. */
export function pastEnd({ name, size }: ByteSource, start: number, end: number): SourceError {
  return new SourceError(
    'truncated',
    name,
    `expected bytes ${start} to ${end}, the file has ${size}`,
  );
}
