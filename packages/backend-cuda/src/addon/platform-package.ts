import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { KernelFiles, KernelIndex } from '../commands/loaded-kernels.ts';
import { AddonMissingError } from '../errors.ts';
import type { Addon } from './interface.ts';

/** Platforms that there are packages for, as Node names them. */
export const platforms: readonly string[] = ['linux-x64'];

/** What a platform package holds. */
export interface PlatformFiles {
  readonly addon: Addon;
  /** What tells these kernels from others. */
  readonly identity: string;
  /** The kernels as a driver of this version loads them. */
  kernels(driverVersion: number): KernelFiles;
  /** What the source of a chain of pointwise rows stands behind. */
  chainHeader(): string;
}

/** Drivers from this version on load the cubins; older ones compile the PTX, which takes a while the first time. */
const cubinVersion = 13_000;

/** What a platform package exports. */
interface PlatformPackage {
  readonly nativeFolder: string;
}

/**
 * The addon and the kernels of this platform, from its package or from a folder in its place.
 * @throws AddonMissingError.
 */
export async function loadPlatform(folder?: string): Promise<PlatformFiles> {
  const name = `@convnet/backend-cuda-${process.platform}-${process.arch}`;
  try {
    const found = folder ?? ((await import(name)) as PlatformPackage).nativeFolder;
    return filesIn(found);
  } catch (cause) {
    throw new AddonMissingError(name, platforms, folder, { cause });
  }
}

function filesIn(folder: string): PlatformFiles {
  const require = createRequire(import.meta.url);
  const addon = require(join(folder, 'convnet-cuda.node')) as Addon;
  const index = JSON.parse(readFileSync(join(folder, 'kernels.json'), 'utf8')) as KernelIndex;
  // The manifest has the hash of all; the emulated driver's kernels have their folder.
  const manifest = join(folder, 'manifest.json');
  const named = existsSync(manifest) ? readFileSync(manifest, 'utf8') : folder;
  const identity = createHash('sha256').update(named).digest('hex').slice(0, 16);
  const file = (name: string): Buffer => readFileSync(join(folder, 'kernels', name));
  const cubins = (module: string): Buffer => file(`${module}.fatbin`);
  // A text that ends with a zero.
  const ptx = (module: string): Buffer =>
    Buffer.concat([gunzipSync(file(`${module}.ptx.gz`)), Buffer.of(0)]);
  return {
    addon,
    identity,
    kernels: (version) => ({ index, read: version >= cubinVersion ? cubins : ptx }),
    chainHeader: () => readFileSync(join(folder, 'compiled-chain.cuh'), 'utf8'),
  };
}
