import { join } from 'node:path';

import type { KernelSpec } from '../kernels/spec.ts';
import { dawnEntry } from '../devices/open-webgpu.ts';
import { installed } from './installed.ts';
import { LineProcess } from './line-process.ts';
import type { KernelPeer } from './peer.ts';

/** A library for JavaScript that computes kernels in Node, and the release that is compared. */
export interface KernelLibrary {
  readonly name: 'tfjs' | 'jax-js';
  /** On what it computes them. */
  readonly backend: 'wasm' | 'webgpu';
  readonly version: string;
  /** npm packages, all of that release. */
  readonly packages: readonly string[];
}

const jaxJs = { name: 'jax-js', version: '0.1.25', packages: ['@jax-js/jax'] } as const;

/** On WebAssembly both compute on one thread in Node: neither starts workers there. */
const onWasm: readonly KernelLibrary[] = [
  {
    name: 'tfjs',
    backend: 'wasm',
    version: '4.22.0',
    packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
  },
  { ...jaxJs, backend: 'wasm' },
];

/** The libraries that run on the same hardware as a device: on WebGPU in the same Dawn. */
export const kernelLibraries = (deviceName: string): readonly KernelLibrary[] =>
  deviceName === 'webgpu' ? [{ ...jaxJs, backend: 'webgpu' }] : onWasm;

const script = join(import.meta.dirname, 'kernel-runs.mjs');

/**
 * A library in a process of its own.
 * @throws Error where npm can't install it; AbsentDeviceError where WebGPU lacks Dawn.
 */
export async function openKernelLibrary(library: KernelLibrary): Promise<KernelPeer> {
  const { name, backend, version, packages } = library;
  const dawn = backend === 'webgpu' ? dawnEntry() : '';
  const folder = await installed(packages, version);
  const child = new LineProcess(process.execPath, [script, folder, name, backend, dawn], {});
  return {
    name: backend === 'webgpu' ? `${name} webgpu` : name,
    version,
    load: async (spec: KernelSpec) =>
      (await child.ask<{ mean: number | null }>({ load: spec })).mean,
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    together: async (count) => (await child.ask<{ ms: number }>({ together: count })).ms,
    close: () => child.close(),
  };
}
