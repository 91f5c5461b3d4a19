import { ConvnetError } from '@convnet/tensor-core';

import { mutant } from './mutate.ts';
import type { Reader } from './reader.ts';

/** What no mutant may do. */
export type FindingKind = 'crash' | 'slow' | 'memory';

/** A mutant that did it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly reader: string;
  readonly seed: number;
  readonly number: number;
  readonly made: readonly string[];
  readonly message: string;
  readonly bytes: Uint8Array;
}

/** What became of the mutants of a reader. */
export interface Tally {
  readonly reader: string;
  readonly read: number;
  readonly refused: number;
  /** Of the processor, for the slowest. */
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** Of the processor. */
const longestMs = 1000;
/** Memory that a mutant may take whatever its length. */
const freeBytes = 64 * 2 ** 20;

/**
 * Reads mutants, those of the numbers from `from` to before `to`. Each must be read or refused with a `ConvnetError`, in a
 * second, and with no more memory than 64 MB or four times its length.
 * @param onStart is told the number of each before it is read
 */
export async function fuzz(
  reader: Reader,
  {
    seed,
    from,
    to,
    onStart,
  }: { seed: number; from: number; to: number; onStart?: (number: number) => void },
): Promise<Tally> {
  const seeds = reader.seeds();
  for (const bytes of seeds) await reader.read(bytes);
  const findings: Finding[] = [];
  let read = 0;
  let refused = 0;
  let slowestMs = 0;
  for (let number = from; number < to; number++) {
    onStart?.(number);
    const { bytes, made } = mutant(seeds, seed, number);
    const found = (kind: FindingKind, message: string): void => {
      findings.push({ kind, reader: reader.name, seed, number, made, message, bytes });
    };
    const memory = bytesInUse();
    const started = process.threadCpuUsage();
    try {
      // Its own copy: a reader may keep what it is given.
      await reader.read(bytes.slice());
      read++;
    } catch (error) {
      refused++;
      if (!(error instanceof ConvnetError)) found('crash', describe(error));
    }
    const { user, system } = process.threadCpuUsage(started);
    const ms = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, ms);
    if (ms > longestMs) found('slow', `took ${ms.toFixed(0)} ms`);
    const taken = bytesInUse() - memory;
    if (taken > Math.max(freeBytes, 4 * bytes.length)) {
      found('memory', `took ${(taken / 2 ** 20).toFixed(0)} MiB for ${bytes.length} bytes`);
    }
  }
  return { reader: reader.name, read, refused, slowestMs, findings };
}

/** All that was allocated and not yet collected: at least what a mutant holds at a time, unless a collection falls in. */
function bytesInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  return error.stack ?? String(error);
}
