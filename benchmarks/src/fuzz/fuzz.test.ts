import { ConvnetError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';

import { mutant } from './mutate.ts';
import type { Reader } from './reader.ts';
import { readers } from './readers/index.ts';
import { fuzz } from './run.ts';
import { fuzzWatched } from './watched.ts';

const good = Uint8Array.from({ length: 64 }, (_, i) => i);

function reader(read: (bytes: Uint8Array) => unknown): Reader {
  return { name: 'test', seeds: () => [good], read };
}

/** Whether a file is the good one. */
const isGood = (bytes: Uint8Array): boolean => Buffer.compare(bytes, good) === 0;

describe('mutants', () => {
  it('are the same for the same seed and others for another, and leave their files as they were', () => {
    const all = (seed: number): string[] =>
      Array.from({ length: 100 }, (_, number) =>
        Buffer.from(mutant([good], seed, number).bytes).toString('hex'),
      );
    expect(all(1)).toEqual(all(1));
    expect(all(1)).not.toEqual(all(2));
    expect(new Set(all(1)).size).toBeGreaterThan(90);
    expect(good).toEqual(Uint8Array.from({ length: 64 }, (_, i) => i));
  });
});

describe('fuzz', () => {
  const options = { seed: 1, from: 0, to: 20 };

  it('counts what is read and what is refused', async () => {
    const tally = await fuzz(
      reader((bytes) => {
        if (!isGood(bytes)) throw new ConvnetError('refused');
      }),
      options,
    );
    expect(tally.read + tally.refused).toBe(20);
    expect(tally.refused).toBeGreaterThan(10);
    expect(tally.findings).toEqual([]);
  });

  it.each<[string, string, (bytes: Uint8Array) => unknown]>([
    [
      'an error without a type',
      'crash',
      () => {
        throw new TypeError('x is undefined');
      },
    ],
    ['an error without a type, later', 'crash', () => Promise.reject(new RangeError('too long'))],
    [
      'more than a second of work',
      'slow',
      () => {
        const started = process.threadCpuUsage();
        while (process.threadCpuUsage(started).user < 1_100_000);
      },
    ],
    ['a lot of memory', 'memory', () => new Uint8Array(80 * 2 ** 20).fill(1)],
  ])('finds %s', async (_, kind, read) => {
    const { findings } = await fuzz(
      reader((bytes) => (isGood(bytes) ? undefined : read(bytes))),
      {
        ...options,
        to: 2,
      },
    );
    expect(findings.map((finding) => finding.kind)).toContain(kind);
    expect(findings[0]!.bytes).toEqual(mutant([good], 1, findings[0]!.number).bytes);
  });
});

describe('every reader', () => {
  it.each(readers)('$name takes a hundred mutants', async (each) => {
    const { findings } = await fuzz(each, { seed: 7, from: 0, to: 100 });
    expect(findings).toEqual([]);
  });

  it('is watched in a thread of its own', async () => {
    const { read, refused, findings } = await fuzzWatched('idx', 1, 50);
    expect(read + refused).toBe(50);
    expect(findings).toEqual([]);
  });
});
