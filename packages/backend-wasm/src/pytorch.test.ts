import { readFile } from 'node:fs/promises';
import { pytorchCases, randomCases } from '@convnet/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '@convnet/tensor-core';
import { wasm } from './loader.ts';

const directory = new URL('../../conformance/fixtures/pytorch/', import.meta.url);

const fixtures = await pytorchCases(async (file) => {
  const { buffer, byteOffset, byteLength } = await readFile(new URL(file, directory));
  return buffer.slice(byteOffset, byteOffset + byteLength);
});

const setups = [
  { build: 'simd', threads: 1 },
  { build: 'simd', threads: 2 },
  { build: 'relaxed', threads: 1 },
  { build: 'relaxed', threads: 2 },
] as const;

describe.each(setups)('$build, $threads thread(s)', (setup) => {
  let device: Device;

  beforeAll(async () => {
    device = await wasm(setup);
  });

  afterAll(() => device.dispose());

  // One test for all cases: a name for each of thousands would drown the others.
  test('equals PyTorch', async () => {
    const failures: string[] = [];
    for (const { name, run } of fixtures) {
      for (const failure of (await run(device)).failures) failures.push(`${name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });

  test('equals reference on random shapes and options, or throws a typed error', async () => {
    const failures: string[] = [];
    for (const { name, run } of randomCases(25, 1)) {
      for (const failure of (await run(device)).failures) failures.push(`${name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });
});
