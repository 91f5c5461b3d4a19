import type { ByteSource } from './byte-source.ts';
import { concatenate } from './concatenate.ts';
import { pastEnd } from './memory-source.ts';

/** Several sources, one behind the other. */
export class JoinedSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #parts: readonly ByteSource[];

  constructor(parts: readonly ByteSource[], name: string) {
    this.#parts = parts;
    this.name = name;
    this.size = parts.reduce((sum, part) => sum + part.size, 0);
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.size) throw pastEnd(this, start, end);
    const pieces: Uint8Array[] = [];
    let offset = 0;
    for (const part of this.#parts) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, part.size);
      if (from < to) pieces.push(await part.read(from, to));
      offset += part.size;
    }
    return pieces.length === 1 ? pieces[0]! : concatenate(pieces);
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.close()));
  }
}
