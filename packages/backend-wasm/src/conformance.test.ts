import { conformanceCases } from '@convnet/tensor-core/conformance';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Build } from './binaries.ts';
import { open, type Opened } from './loader.ts';
import type { WasmOptions } from './options.ts';

/** Binaries other than the committed ones, which `check:kernels` has built. */
const folder = process.env['CONVNET_KERNELS'];

async function optionsOf(build: Build, threads: number): Promise<WasmOptions> {
  if (folder === undefined) return { build, threads };
  const name = threads > 1 ? `${build}-threads.wasm` : `${build}.wasm`;
  return { build, threads, binary: await readFile(join(folder, name)) };
}

describe.each([
  { build: 'simd', threads: 1 },
  { build: 'simd', threads: 2 },
  { build: 'relaxed', threads: 1 },
  { build: 'relaxed', threads: 2 },
] as const)('$build, threads: $threads', ({ build, threads }) => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await open(await optionsOf(build, threads));
    // The tensors of the suite are small: on two threads, share even the smallest kernel.
    if (threads > 1) opened.machine.setControlWord('worthSharing', 0);
  });

  afterAll(() => opened.device.dispose());

  test.each(conformanceCases())('$name', async ({ run }) => {
    const { failures } = await run(opened.device);
    expect(failures).toEqual([]);
  });
});
