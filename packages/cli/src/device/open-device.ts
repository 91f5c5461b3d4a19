import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';

import { CliError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { openCuda } from './open-cuda.ts';
import { openWebGpu } from './open-webgpu.ts';
import type { OpenedDevice } from './opened-device.ts';

/** Values of `--device`. */
export const deviceNames = ['auto', 'cuda', 'webgpu', 'wasm'] as const;

export type DeviceName = (typeof deviceNames)[number];

/**
 * Opens what `--device` asks for. 'auto' takes CUDA or else WebGPU where a graphics processor is really there, and
 * WebAssembly otherwise: an adapter that is software is slower than that.
 * @throws CliError where CUDA or WebGPU is asked for and is not there.
 */
export async function openDevice(name: DeviceName, threads?: number): Promise<OpenedDevice> {
  if (name === 'cuda') return openCuda();
  if (name === 'webgpu') return openWebGpu({ acceptsSoftware: true, usesKeptTiles: true });
  if (name === 'auto') {
    const found =
      (await orNull(openCuda())) ??
      (await orNull(openWebGpu({ acceptsSoftware: false, usesKeptTiles: true })));
    if (found !== null) return found;
  }
  const device = await wasm(threads === undefined ? {} : { threads });
  return {
    device,
    description: `wasm (${threads === 1 ? '1 thread' : `${threads ?? 'all'} threads`})`,
  };
}

/** What could be opened, or null where it is not there. */
async function orNull(opening: Promise<OpenedDevice>): Promise<OpenedDevice | null> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
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
