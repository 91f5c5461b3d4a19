/** Runs in a page, see `browser-bench.ts`. */
import { wasm } from '@convnet/backend-wasm';
import { webgpu } from '@convnet/backend-webgpu';
import type { Device } from '@convnet/tensor-core';

import { kernelCases } from '../kernels/cases.ts';
import { timeInSamples, type SampledKernel } from '../kernels/time-in-samples.ts';

import { inferBeside, type PageInference, type PageLibrary } from './page-inference.ts';
import type { Accelerator } from './page-session.ts';

let device: Device | null = null;
let accelerator: Accelerator = 'wasm';

/** Opens a device; returns what it calls itself, and whether this page is isolated. */
export async function open(
  threads: number,
  backend: Accelerator,
): Promise<{ name: string; isolated: boolean }> {
  accelerator = backend;
  device = await (backend === 'wasm' ? wasm({ threads }) : webgpu());
  return { name: String(device), isolated: crossOriginIsolated };
}

/** Whether this page has a GPU. */
export async function hasGpu(): Promise<boolean> {
  // A page that lacks WebGPU has no `gpu`.
  const { gpu } = navigator as { readonly gpu?: GPU };
  return ((await gpu?.requestAdapter()) ?? null) !== null;
}

/** Times a kernel by its place in the list. */
export function time(kernel: number, milliseconds: number): Promise<SampledKernel> {
  return timeInSamples(kernelCases[kernel]!, device!, milliseconds);
}

/** Runs a network beside other libraries. */
export function infer(
  network: string,
  threads: number,
  libraries: readonly PageLibrary[],
): Promise<PageInference> {
  return inferBeside(network, device!, accelerator, threads, libraries);
}
