import { join } from 'node:path';

import { LineProcess } from './line-process.ts';
import { findPyTorches } from './pytorch.ts';

const script = join(import.meta.dirname, 'pytorch-detection.py');

/** What a peer found, the best first. */
export interface PeerDetections {
  readonly parameters: number;
  readonly boxes: readonly (readonly number[])[];
  readonly scores: readonly number[];
}

/** Another library that has the same detectors. */
export interface DetectionPeer {
  readonly name: string;
  readonly version: string;
  /** Builds a detector with hashed weights, and looks at an image once. */
  build(model: string, inputShape: readonly number[]): Promise<PeerDetections>;
  /** Looks at the image `count` times and gives the milliseconds of each. */
  steps(count: number): Promise<readonly number[]>;
  close(): void;
}

/**
 * torchvision on the CPU, in a process of its own for each Python that has it: that of the system, and that which CONVNET_PYTHON names.
 * @param note is told what could not be found.
 */
export async function torchvisions(
  threads: number,
  note: (sentence: string) => void,
): Promise<DetectionPeer[]> {
  const found = await findPyTorches('torchvision', note);
  return found.map(({ python, version }) => {
    const child = new LineProcess(python, [script], { OMP_NUM_THREADS: String(threads) });
    return {
      name: 'torchvision',
      version,
      build: (model, inputShape) => child.ask({ build: { model, inputShape, threads } }),
      steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
      close: () => child.close(),
    };
  });
}
