/** Runs in a page, see `browser-bench.ts`. */
import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';

import { kernelCases } from '../kernels/cases.ts';
import { timeInSamples, type SampledKernel } from '../kernels/time-in-samples.ts';

import { inferBeside, type PageInference, type PageLibrary } from './page-inference.ts';

let device: Device | null = null;

/** Opens a device; returns what it calls itself, and whether this page is isolated. */
export async function open(threads: number): Promise<{ name: string; isolated: boolean }> {
  device = await wasm({ threads });
  return { name: String(device), isolated: crossOriginIsolated };
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
  return inferBeside(network, device!, threads, libraries);
}
