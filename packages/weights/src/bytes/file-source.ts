import type { UrlLike } from '@convnet/tensor-core';
import { SourceError } from '../errors.ts';
import { nodeModule } from '../platform.ts';
import type { ByteSource } from './byte-source.ts';
import { pastEnd } from './memory-source.ts';

/** What is needed of an open file; Node's `FileHandle` has it. */
export interface OpenFile {
  /** Reads `length` bytes at `position`, as `FileHandle` of Node does. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  /** Tells its size, in bytes. */
  stat(): Promise<{ readonly size: number }>;
}

/** Whether something can be read as an open file. */
export function isOpenFile(value: object): value is OpenFile {
  const { read, stat } = value as Partial<OpenFile>;
  return typeof read === 'function' && typeof stat === 'function';
}

/** An open file. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #file: OpenFile;
  readonly #close: () => Promise<void>;

  private constructor(file: OpenFile, name: string, size: number, close: () => Promise<void>) {
    this.#file = file;
    this.name = name;
    this.size = size;
    this.#close = close;
  }

  /** A file that the caller has opened, and closes. @throws SourceError. */
  static async of(file: OpenFile, name: string): Promise<FileSource> {
    try {
      return new FileSource(file, name, (await file.stat()).size, () => Promise.resolve());
    } catch (cause) {
      throw unreadable(name, cause);
    }
  }

  /** Opens a file of Node by its path or `file:` URL. @throws SourceError. */
  static async open(path: string | UrlLike, name: string): Promise<FileSource> {
    const { open } = await nodeModule('node:fs/promises');
    try {
      const file = await open(typeof path === 'string' ? path : new URL(path.href), 'r');
      try {
        return new FileSource(file, name, (await file.stat()).size, () => file.close());
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (cause) {
      throw unreadable(name, cause);
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.size) throw pastEnd(this, start, end);
    const bytes = new Uint8Array(end - start);
    let done = 0;
    // A read may give less than it was asked for, at most 2 GiB on Linux.
    while (done < bytes.length) {
      const count = Math.min(bytes.length - done, 2 ** 30);
      const { bytesRead } = await this.#file
        .read(bytes, done, count, start + done)
        .catch((cause: unknown) => {
          throw unreadable(this.name, cause);
        });
      if (bytesRead === 0) {
        throw new SourceError(
          'changed',
          this.name,
          `had ${this.size} bytes when it was opened and ends at ${start + done} now`,
        );
      }
      done += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

function unreadable(name: string, cause: unknown): SourceError {
  const isMissing = (cause as { readonly code?: unknown } | null)?.code === 'ENOENT';
  if (isMissing) return new SourceError('missing', name, 'there is no such file', { cause });
  return new SourceError('unreadable', name, `could not be read: ${String(cause)}`, { cause });
}
