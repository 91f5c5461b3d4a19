import { SourceError } from '../errors.ts';
import type { BlobLike } from '../web-types.ts';
import type { ByteSource } from './byte-source.ts';
import { pastEnd } from './memory-source.ts';

/** A Blob, such as the file that a user picks in a browser. */
export class BlobSource implements ByteSource {
  readonly name: string;
  readonly #blob: BlobLike;

  constructor(blob: BlobLike, name: string) {
    this.#blob = blob;
    this.name = name;
  }

  get size(): number {
    return this.#blob.size;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.size) throw pastEnd(this, start, end);
    try {
      return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
    } catch (cause) {
      // A picked file that was changed or deleted since.
      throw new SourceError('unreadable', this.name, `could not be read: ${String(cause)}`, {
        cause,
      });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
