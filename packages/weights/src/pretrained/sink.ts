import type { Digest } from './digest.ts';

/** Where a download goes, piece by piece. */
export interface Sink {
  /** Bytes that are there, of this or an earlier try. */
  readonly length: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets what is there. */
  clear(): Promise<void>;
  /** Digest of what is there, in hexadecimal digits. */
  digest(algorithm: Digest['algorithm']): Promise<string>;
}
