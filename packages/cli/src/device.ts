import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { wasm } from '@convnet/backend-wasm';
import type { GpuLike } from '@convnet/backend-webgpu';
import type { Device } from '@convnet/tensor-core';

import { CliError, messageOf } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** Values of `--device`. */
export const deviceNames = ['auto', 'wasm', 'webgpu'] as const;

export type DeviceName = (typeof deviceNames)[number];

/** A device, and what to tell the user of it. */
export interface OpenedDevice {
  readonly device: Device;
  readonly description: string;
}

/**
 * Opens what `--device` asks for. 'auto' takes WebGPU where a graphics processor is really there, and WebAssembly
 * otherwise: an adapter that is software is slower than that.
 * @throws CliError where WebGPU is asked for and is not there.
 */
export async function openDevice(name: DeviceName, threads?: number): Promise<OpenedDevice> {
  if (name === 'webgpu') return openWebGpu({ acceptsSoftware: true });
  if (name === 'auto') {
    const found = await openWebGpu({ acceptsSoftware: false }).catch((error: unknown) => {
      if (error instanceof CliError) return null;
      throw error;
    });
    if (found !== null) return found;
  }
  const device = await wasm(threads === undefined ? {} : { threads });
  return {
    device,
    description: `wasm (${threads === 1 ? '1 thread' : `${threads ?? 'all'} threads`})`,
  };
}

/** Runs some work on the device that the options ask for, tells which it is, and gives it back. */
export async function withDevice<T>(
  { device: name, threads }: DeviceRequest,
  { error }: Terminal,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  const { device, description } = await openDevice(name, threads);
  error.write(`device: ${description}\n`);
  try {
    return await work(device);
  } finally {
    device.dispose();
  }
}

/** Options of the command line about the device. */
export interface DeviceRequest {
  readonly device: DeviceName;
  readonly threads?: number;
}

/** What is read of a `GPUAdapterInfo`. */
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

async function openWebGpu({
  acceptsSoftware,
}: {
  readonly acceptsSoftware: boolean;
}): Promise<OpenedDevice> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) {
    throw new CliError('webgpu: there is no adapter; --device wasm works everywhere');
  }
  const { info = {} } = adapter as { readonly info?: AdapterInfo };
  const { vendor = '', architecture = '', description = '' } = info;
  const name = [description, `${vendor} ${architecture}`.trim()].find((text) => text !== '');
  const isSoftware =
    info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe/i.test(name ?? '');
  if (isSoftware && !acceptsSoftware) {
    throw new CliError(`webgpu: the only adapter, ${name}, is software`);
  }
  const { webgpu } = await import('@convnet/backend-webgpu');
  return {
    device: await webgpu({ gpu, powerPreference: 'high-performance' }),
    description: `webgpu (${name ?? 'unnamed adapter'})`,
  };
}

let found: Promise<GpuLike> | undefined;

/** Whether the process must be ended, because Dawn keeps it alive. */
export const holdsProcess = (): boolean => found !== undefined;

/** The runtime's own WebGPU, or Dawn, the npm package `webgpu`, from the project that the command runs in. */
async function findGpu(): Promise<GpuLike> {
  const own = (globalThis.navigator as { readonly gpu?: GpuLike } | undefined)?.gpu;
  if (own !== undefined) return own;
  const places = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];
  for (const place of places) {
    let entry: string;
    try {
      entry = createRequire(place).resolve('webgpu');
    } catch {
      continue;
    }
    found ??= import(pathToFileURL(entry).href).then(
      ({ create }: { create(options: readonly string[]): GpuLike }) => create([]),
    );
    return found.catch((cause: unknown) => {
      found = undefined;
      throw new CliError(`webgpu: the npm package does not load (${messageOf(cause)})`, { cause });
    });
  }
  throw new CliError(
    "webgpu: the npm package 'webgpu' is not installed here: npm install webgpu, or use --device wasm",
  );
}
