import * as control from '../layout/control.generated.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build } from '../binaries.ts';
import { open, type Opened } from '../loader.ts';
import type { WasmOptions } from '../options.ts';
import { markUnwritten } from './mark-unwritten.ts';

/** Binaries other than the committed ones, which `check:kernels` has built. */
const folder = process.env['CONVNET_KERNELS'];

export interface Configuration {
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

/**
 * A device for tests with small tensors: memory is filled with NaN before each kernel, and several threads share even
 * the smallest one.
 */
export async function openMarked(configuration: Configuration): Promise<Opened> {
  const opened = await open(await optionsOf(configuration));
  markUnwritten(opened.machine);
  if (configuration.threads > 1) opened.machine.setControlWord(control.worthSharing, 0);
  return opened;
}
