import { join } from 'node:path';

import { LineProcess } from '../peers/line-process.ts';
import type { ProcessMemory, StepSpec } from '../peers/peer.ts';
import type { StepMode } from '../training/own-steps.ts';

const script = join(import.meta.dirname, 'own-process.ts');
const steps = 3;

/** What trains in a process whose memory is measured. */
export interface MeasuredTraining {
  build(spec: StepSpec): Promise<number | null>;
  steps(count: number): Promise<readonly number[]>;
  memory(): Promise<ProcessMemory>;
  close(): void;
}

/** convnet in a process of its own. */
export function ownTraining(
  backend: string,
  threads: number,
  revectorize: boolean,
  mode: StepMode = 'captured',
): MeasuredTraining {
  const args = [script, backend, String(threads), mode, revectorize ? 'revectorize' : ''];
  const child = new LineProcess(process.execPath, args, {});
  return {
    build: async (spec) => (await child.ask<{ parameters: number }>({ build: spec })).parameters,
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    memory: () => child.ask<ProcessMemory>({ memory: true }),
    close: () => child.close(),
  };
}

/**
 * Bytes by which the resident memory of a fresh process grows from before the network is built, with everything
 * loaded, to its peak within some training steps. Null where the library lacks the network or the system does
 * not tell.
 */
export async function trainingGrowth(
  training: MeasuredTraining,
  spec: StepSpec,
): Promise<number | null> {
  const before = (await training.memory()).resident;
  if ((await training.build(spec)) === null) return null;
  await training.steps(steps);
  const { peak } = await training.memory();
  return before === null || peak === null ? null : peak - before;
}
