import { join } from 'node:path';

import type { KernelSpec } from '../kernels/spec.ts';
import { installed } from './installed.ts';
import { LineProcess } from './line-process.ts';
import type { KernelPeer } from './peer.ts';

/** A library for JavaScript that computes kernels in Node by WebAssembly, and the release that is compared. */
export interface KernelLibrary {
  readonly name: 'tfjs' | 'jax-js';
  readonly version: string;
  /** npm packages, all of that release. */
  readonly packages: readonly string[];
}

/** Both compute on one thread in Node: neither starts workers there. */
export const kernelLibraries: readonly KernelLibrary[] = [
  {
    name: 'tfjs',
    version: '4.22.0',
    packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
  },
  { name: 'jax-js', version: '0.1.25', packages: ['@jax-js/jax'] },
];

const script = join(import.meta.dirname, 'kernel-runs.mjs');

/**
 * A library in a process of its own.
 * @throws Error where npm can't install it.
 */
export async function openKernelLibrary(library: KernelLibrary): Promise<KernelPeer> {
  const { name, version, packages } = library;
  const folder = await installed(packages, version);
  const child = new LineProcess(process.execPath, [script, folder, name], {});
  return {
    name,
    version,
    load: async (spec: KernelSpec) =>
      (await child.ask<{ mean: number | null }>({ load: spec })).mean,
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    close: () => child.close(),
  };
}
