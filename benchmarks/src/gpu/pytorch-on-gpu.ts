import { join } from 'node:path';

import { LineProcess } from '../peers/line-process.ts';

const script = join(import.meta.dirname, '../peers/pytorch-gpu-steps.py');

/** PyTorch on the GPU; null where there is none, and why. */
export interface PyTorchOnGpu {
  readonly peer: LineProcess | null;
  readonly description: object | string;
}

/** Opens PyTorch in a process of its own, with options of the script. */
export async function openPyTorchOnGpu(
  python: string,
  given: readonly string[] = [],
): Promise<PyTorchOnGpu> {
  const peer = new LineProcess(python, [script, ...given], {});
  try {
    return { peer, description: await peer.ask<object>({ device: true }) };
  } catch (error) {
    peer.close();
    return { peer: null, description: `not run: ${(error as Error).message}` };
  }
}
