import { conformanceCases } from '@convnet/tensor-core/conformance';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Build } from './binaries.ts';
import { open, type Opened } from './loader.ts';
import type { WasmOptions } from './options.ts';

/** Binaries other than the committed ones, which `check:kernels` has built. */
const folder = process.env['CONVNET_KERNELS'];

interface Configuration {
  readonly build: Build;
  readonly threads: number;
  readonly revectorize: boolean;
}

async function optionsOf(configuration: Configuration): Promise<WasmOptions> {
  if (folder === undefined) return configuration;
  const { build, threads } = configuration;
  const name = threads > 1 ? `${build}-threads.wasm` : `${build}.wasm`;
  return { ...configuration, binary: await readFile(join(folder, name)) };
}

describe.each([
  { build: 'simd', threads: 1, revectorize: false },
  { build: 'simd', threads: 2, revectorize: false },
  { build: 'relaxed', threads: 1, revectorize: false },
  { build: 'relaxed', threads: 2, revectorize: false },
  // Last: the flag of V8 holds for all that this process compiles afterwards.
  { build: 'relaxed', threads: 1, revectorize: true },
  { build: 'relaxed', threads: 4, revectorize: true },
] as const)('$build, threads: $threads, revectorize: $revectorize', (configuration) => {
  let opened: Opened;

  beforeAll(async () => {
    if (configuration.revectorize) {
      // V8 joins vectors where it optimises a function, which it would do to the few that the suite calls often.
      // What it makes of each is what this is about: some forms of code crash it (docs/decisions/0015).
      setFlagsFromString('--wasm-tiering-budget=1');
      setFlagsFromString('--wasm-sync-tier-up');
    }
    opened = await open(await optionsOf(configuration));
    // The tensors of the suite are small: on two threads, share even the smallest kernel.
    if (configuration.threads > 1) opened.machine.setControlWord('worthSharing', 0);
  });

  afterAll(() => opened.device.dispose());

  test.each(conformanceCases())('$name', async ({ run }) => {
    const { failures } = await run(opened.device);
    expect(failures).toEqual([]);
  });
});
