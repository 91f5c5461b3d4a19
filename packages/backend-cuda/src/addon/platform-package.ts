import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { KernelFiles, KernelIndex } from '../commands/loaded-kernels.ts';
import { AddonMissingError } from '../errors.ts';
import type { Addon } from './interface.ts';

/** Platforms that there are packages for, as Node names them. */
export const platforms: readonly string[] = ['linux-x64'];

/** What a platform package holds. */
export interface PlatformFiles {
  readonly addon: Addon;
  /** The kernels as a driver of this version loads them. */
  kernels(driverVersion: number): KernelFiles;
}

/** Drivers from this version on load the cubins; older ones compile the PTX, which takes a while the first time. */
const cubinVersion = 13_000;

/**
 * The addon and the kernels of this platform, from its package or from a folder in its place.
 * @throws AddonMissingError.
 */
export function loadPlatform(folder?: string): PlatformFiles {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@convnet/backend-cuda-${platform}`;
  const require = createRequire(import.meta.url);
  try {
    const found = folder ?? dirname(require.resolve(`${name}/package.json`));
    const addon = require(join(found, 'convnet-cuda.node')) as Addon;
    const index = JSON.parse(readFileSync(join(found, 'kernels.json'), 'utf8')) as KernelIndex;
    const file = (name: string): Buffer => readFileSync(join(found, 'kernels', name));
    const cubins = (module: string): Buffer => file(`${module}.fatbin`);
    // A text that ends with a zero.
    const ptx = (module: string): Buffer =>
      Buffer.concat([gunzipSync(file(`${module}.ptx.gz`)), Buffer.of(0)]);
    const kernels = (version: number): KernelFiles => ({
      index,
      read: version >= cubinVersion ? cubins : ptx,
    });
    return { addon, kernels };
  } catch (cause) {
    throw new AddonMissingError(folder ?? name, platforms, { cause });
  }
}
