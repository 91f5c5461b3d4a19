import { availableParallelism } from 'node:os';

import type { Device } from '@convnet/tensor-core';

import { RequestedNameError } from '../requested-name-error.ts';
import { AbsentDeviceError } from './absent-device-error.ts';
import { openCuda } from './open-cuda.ts';
import { openWebGpu } from './open-webgpu.ts';

interface BackendEntry {
  readonly name: string;
  /** Whether it computes with more than one thread. */
  readonly threaded: boolean;
  /** Whether 'auto' may take it. */
  readonly automatic: boolean;
  readonly open: (threads: number, revectorize: boolean) => Promise<Device>;
}

/** What can compute. */
const backends: readonly BackendEntry[] = [
  {
    name: 'wasm',
    threaded: true,
    automatic: true,
    open: async (threads, revectorize) => {
      const { wasm } = await import('@convnet/backend-wasm');
      return wasm({ threads, revectorize });
    },
  },
  // A software adapter is a GPU by name only: GPUs are for who asks for them.
  { name: 'webgpu', threaded: false, automatic: false, open: openWebGpu },
  { name: 'cuda', threaded: false, automatic: false, open: openCuda },
  {
    name: 'reference',
    threaded: false,
    automatic: true,
    open: async () => {
      const { reference } = await import('@convnet/tensor-core/reference');
      return reference();
    },
  },
];

export const backendNames: readonly string[] = backends.map(({ name }) => name);

/** Whether a backend computes on a GPU, which several networks would only share. */
export const isGpu = (backend: string): boolean => gpus.includes(backend);

const gpus: readonly string[] = ['webgpu', 'cuda'];

export interface OpenedDevice {
  readonly device: Device;
  /** Name of the backend, as --backend calls it. */
  readonly backend: string;
  readonly threads: number;
  /** What could not be opened on the way to it, one sentence each. */
  readonly passedOver: readonly string[];
}

/** How devices are opened. */
export interface OpenOptions {
  /** Default: all cores that this process may use. */
  readonly threads?: number | undefined;
  /** Whether the wasm backend may use 256-bit vectors; see its option. */
  readonly revectorize?: boolean;
}

/**
 * Opens a backend by name, or with 'auto' the first that opens.
 * @throws the error of the backend, AbsentDeviceError where it is not there; with 'auto', of the last.
 */
export async function openDevice(
  name: string,
  { threads, revectorize = true }: OpenOptions = {},
): Promise<OpenedDevice> {
  const candidates =
    name === 'auto'
      ? backends.filter(({ automatic }) => automatic)
      : backends.filter((entry) => entry.name === name);
  const passedOver: string[] = [];
  for (const [i, entry] of candidates.entries()) {
    const used = entry.threaded ? (threads ?? availableParallelism()) : 1;
    try {
      const device = await entry.open(used, revectorize);
      return { device, backend: entry.name, threads: used, passedOver };
    } catch (error) {
      if (i === candidates.length - 1) throw error;
      passedOver.push(sentenceOn(entry.name, error));
    }
  }
  throw new RequestedNameError('backend', name, backendNames);
}

/** Devices that are there, and a sentence for each that is not. */
export interface OpenedDevices {
  readonly opened: readonly OpenedDevice[];
  readonly absent: readonly string[];
}

/**
 * Opens a backend by name, or with 'all' every one that there is: those that are absent are named with what would
 * bring them.
 * @throws as `openDevice`, for a single name.
 */
export async function openDevices(name: string, options: OpenOptions): Promise<OpenedDevices> {
  if (name !== 'all') {
    const one = await openDevice(name, options);
    return { opened: [one], absent: one.passedOver };
  }
  const opened: OpenedDevice[] = [];
  const absent: string[] = [];
  for (const backend of backendNames) {
    try {
      opened.push(await openDevice(backend, options));
    } catch (error) {
      absent.push(sentenceOn(backend, error));
    }
  }
  return { opened, absent };
}

function sentenceOn(backend: string, error: unknown): string {
  if (error instanceof AbsentDeviceError) return `Not here: ${error.message}`;
  const reason = error instanceof Error ? error.message : String(error);
  return `The backend '${backend}' does not open here: ${reason}`;
}
