import { join } from 'node:path';

import type { Sides } from '../detection/timed-detectors.ts';
import { LineProcess } from './line-process.ts';
import { findPyTorches } from './pytorch.ts';

const script = join(import.meta.dirname, 'pytorch-detection.py');

/** What a peer found, the best first. */
export interface PeerDetections {
  readonly parameters: number;
  readonly boxes: readonly (readonly number[])[];
  readonly scores: readonly number[];
}

/** The losses of a peer before its first step, by their names. */
export interface PeerLosses {
  readonly parameters: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** A detector with hashed weights, and the image that it is timed with. */
export interface DetectorRequest {
  readonly model: string;
  readonly inputShape: readonly number[];
  readonly sides?: Sides;
  /** What weights are multiplied by, by parts of their names. */
  readonly factors: Readonly<Record<string, number>>;
}

/** What a detector is to learn. */
export interface TrainingRequest {
  readonly boxes: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly learningRate: number;
}

/** Another library that has the same detectors. */
export interface DetectionPeer {
  readonly name: string;
  readonly version: string;
  /** Builds a detector that looks at an image, and looks once. */
  buildFinding(detector: DetectorRequest): Promise<PeerDetections>;
  /** Builds a detector that learns from an image, and takes a step. */
  buildTraining(detector: DetectorRequest, training: TrainingRequest): Promise<PeerLosses>;
  /** Looks at the image, or takes a step, `count` times and gives the milliseconds of each. */
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
      buildFinding: (detector) => child.ask({ find: { ...detector, threads } }),
      buildTraining: (detector, training) =>
        child.ask({ train: { ...detector, ...training, threads } }),
      steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
      close: () => child.close(),
    };
  });
}
