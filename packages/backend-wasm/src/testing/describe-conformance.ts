import { conformanceCases } from '@convnet/tensor-core/conformance';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Build } from '../binaries.ts';
import { open, type Opened } from '../loader.ts';
import type { WasmOptions } from '../options.ts';

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

/** Runs the conformance suite on devices of these configurations, one after the other. */
export function describeConformance(configurations: readonly Configuration[]): void {
  describe.each(configurations)(
    '$build, threads: $threads, revectorize: $revectorize',
    (configuration) => {
      let opened: Opened;

      beforeAll(async () => {
        opened = await open(await optionsOf(configuration));
        // The tensors of the suite are small: on several threads, share even the smallest kernel.
        if (configuration.threads > 1) opened.machine.setControlWord('worthSharing', 0);
      });

      afterAll(() => opened.device.dispose());

      test.each(conformanceCases())('$name', async ({ run }) => {
        const { failures } = await run(opened.device);
        expect(failures).toEqual([]);
      });
    },
  );
}
