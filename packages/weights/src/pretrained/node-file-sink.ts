import type { FileHandle } from 'node:fs/promises';

import { nodeModule } from '../platform.ts';
import type { Digest } from './digest.ts';
import type { Sink } from './sink.ts';

/** A file of Node that is written to its end. */
export class FileSink implements Sink {
  length: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, length: number) {
    this.#file = file;
    this.length = length;
  }

  /** Opens a file, or makes it; what is in it counts as there. */
  static async open(path: string): Promise<FileSink> {
    const { open } = await nodeModule('node:fs/promises');
    const file = await open(path, 'a+');
    return new FileSink(file, (await file.stat()).size);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#file.writeFile(bytes);
    this.length += bytes.length;
  }

  async clear(): Promise<void> {
    await this.#file.truncate(0);
    this.length = 0;
  }

  digest(algorithm: Digest['algorithm']): Promise<string> {
    return digestOfFile(this.#file, algorithm);
  }

  /** Waits until all is on the disk, and closes the file. */
  async close(): Promise<void> {
    try {
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }
}

const pieceBytes = 2 ** 20;

/** Digest of a file from its beginning, in hexadecimal digits. */
export async function digestOfFile(
  file: FileHandle,
  algorithm: Digest['algorithm'],
): Promise<string> {
  const { createHash } = await nodeModule('node:crypto');
  const hash = createHash(algorithm);
  const piece = new Uint8Array(pieceBytes);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(piece, 0, pieceBytes, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}
