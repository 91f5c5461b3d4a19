import { digestNames, type Digest } from './digest.ts';
import type { Sink } from './sink.ts';

/** Hexadecimal digits. */
function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** In memory. */
export class MemorySink implements Sink {
  length = 0;
  #pieces: Uint8Array<ArrayBuffer>[] = [];

  append(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(new Uint8Array(bytes));
    this.length += bytes.length;
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.#pieces = [];
    this.length = 0;
    return Promise.resolve();
  }

  blob(): Blob {
    return new Blob(this.#pieces);
  }

  async digest(algorithm: Digest['algorithm']): Promise<string> {
    if (algorithm !== 'sha256') throw new Error(`browsers compute no ${digestNames[algorithm]}`);
    const digest = await crypto.subtle.digest('SHA-256', await this.blob().arrayBuffer());
    return hexadecimal(new Uint8Array(digest));
  }
}
