import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { KernelFiles, KernelIndex } from '../commands/loaded-kernels.ts';
import { AddonMissingError } from '../errors.ts';
import type { Addon } from './interface.ts';

/** Platforms that there are packages for, as Node names them. */
export const platforms: readonly string[] = ['linux-x64'];

/** What a platform package holds. */
export interface PlatformFiles {
  readonly addon: Addon;
  readonly kernels: KernelFiles;
}

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
    const read = (module: string): Uint8Array =>
      readFileSync(join(found, 'kernels', `${module}.bin`));
    return { addon, kernels: { index, read } };
  } catch (cause) {
    throw new AddonMissingError(folder ?? name, platforms, { cause });
  }
}
