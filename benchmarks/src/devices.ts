import { availableParallelism } from 'node:os';

import type { Device } from '@convnet/tensor-core';

interface BackendEntry {
  readonly name: string;
  /** Whether it computes with more than one thread. */
  readonly threaded: boolean;
  readonly open: (threads: number, revectorize: boolean) => Promise<Device>;
}

/** What can compute, the fastest first. */
const backends: readonly BackendEntry[] = [
  {
    name: 'wasm',
    threaded: true,
    open: async (threads, revectorize) => {
      const { wasm } = await import('@convnet/backend-wasm');
      return wasm({ threads, revectorize });
    },
  },
  {
    name: 'reference',
    threaded: false,
    open: async () => {
      const { reference } = await import('@convnet/tensor-core/reference');
      return reference();
    },
  },
];

export const backendNames: readonly string[] = backends.map(({ name }) => name);

export interface OpenedDevice {
  readonly device: Device;
  readonly threads: number;
  /** What could not be opened on the way to it, one sentence each. */
  readonly passedOver: readonly string[];
}

/**
 * Opens a backend by name, or with 'auto' the first that opens.
 * @param threads default: all cores that this process may use.
 * @param revectorize whether the wasm backend may use 256-bit vectors; see its option.
 * @throws the error of the backend; with 'auto', of the last.
 */
export async function openDevice(
  name: string,
  threads?: number,
  revectorize = true,
): Promise<OpenedDevice> {
  const candidates = name === 'auto' ? backends : backends.filter((entry) => entry.name === name);
  const passedOver: string[] = [];
  for (const [i, entry] of candidates.entries()) {
    const used = entry.threaded ? (threads ?? availableParallelism()) : 1;
    try {
      return { device: await entry.open(used, revectorize), threads: used, passedOver };
    } catch (error) {
      if (i === candidates.length - 1) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      passedOver.push(`The backend '${entry.name}' does not open here: ${reason}`);
    }
  }
  throw new RangeError(`no backend '${name}'; there are ${backendNames.join(', ')}`);
}
