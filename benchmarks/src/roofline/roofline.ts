import { join } from 'node:path';

import { LineProcess } from '../peers/line-process.ts';
import type { LimitAnswer, LimitRequest } from './limit-process.ts';

const script = join(import.meta.dirname, 'limit-process.ts');

/** Bytes read and written by the copies that stand for all: within and beyond the caches of a core. */
export const copiedInCache: number = 256 << 10;
export const copiedOutOfCache: number = 256 << 20;

/** Work of a kernel. */
export interface Work {
  readonly flops: number;
  /** Read and written. */
  readonly bytes: number;
}

/** As many processes as threads, which all do the same at once; the sum of their rates counts. */
class Processes {
  readonly #children: readonly LineProcess[];

  constructor(count: number, args: readonly string[]) {
    this.#children = Array.from(
      { length: count },
      () => new LineProcess(process.execPath, [script, ...args], {}),
    );
  }

  async rate(request: LimitRequest): Promise<number> {
    const answers = await Promise.all(
      this.#children.map((child) => child.ask<LimitAnswer>(request)),
    );
    return answers.reduce((sum, { rate }) => sum + rate, 0);
  }

  close(): void {
    for (const child of this.#children) child.close();
  }
}

/**
 * What the machine's WebAssembly can do at most in this run: no kernel can be faster than its multiply-adds at
 * full speed, nor than a copy of its bytes. Measured again and again, and the best counts, because a busy machine
 * only ever takes away.
 */
export class Roofline {
  readonly #threads: number;
  /** Without flags of V8. */
  readonly #narrow: Processes;
  /** With pairs of vectors; null where the device does not use them. */
  readonly #wide: Processes | null;
  #narrowPeak = 0;
  #widePeak = 0;

  /** @param revectorize whether the device pairs 128-bit vectors. */
  constructor(threads: number, revectorize: boolean) {
    this.#threads = threads;
    this.#narrow = new Processes(threads, []);
    this.#wide = revectorize ? new Processes(threads, ['revectorize']) : null;
  }

  /** Multiply-adds with 128-bit vectors, in GFLOP/s. */
  get narrowPeak(): number {
    return this.#narrowPeak;
  }

  /** Multiply-adds as the device runs, in GFLOP/s. */
  get peak(): number {
    return Math.max(this.#narrowPeak, this.#widePeak);
  }

  get isWide(): boolean {
    return this.#wide !== null;
  }

  /** Measures the peaks for about `milliseconds` each. */
  async measurePeaks(milliseconds: number): Promise<void> {
    const request = { gflops: milliseconds };
    this.#narrowPeak = Math.max(this.#narrowPeak, await this.#narrow.rate(request));
    if (this.#wide === null) return;
    this.#widePeak = Math.max(this.#widePeak, await this.#wide.rate(request));
  }

  /** The rate of a copy that reads and writes `bytes` in all, in GB/s. */
  copyRate(bytes: number, milliseconds: number): Promise<number> {
    return this.#narrow.rate({ copied: bytes / this.#threads, milliseconds });
  }

  /** The least milliseconds that the work can take, measured for about `milliseconds` for each limit. */
  async leastTime({ flops, bytes }: Work, milliseconds: number): Promise<number> {
    await this.measurePeaks(milliseconds);
    const rate = await this.copyRate(bytes, milliseconds);
    return Math.max(flops / this.peak, bytes / rate) / 1e6;
  }

  [Symbol.dispose](): void {
    this.#narrow.close();
    this.#wide?.close();
  }
}
