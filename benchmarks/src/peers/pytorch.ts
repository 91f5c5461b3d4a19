import { join } from 'node:path';

import { LineProcess } from './line-process.ts';
import type { StepSpec, TrainingPeer } from './peer.ts';
import { pythonWith } from './python.ts';

const script = join(import.meta.dirname, 'pytorch-steps.py');

/** Models that the script knows. */
const known = ['lenet5', 'lenet5_relu', 'lenet_bn'];

/** PyTorch on the CPU, in a process of its own; null where it is not installed. */
export async function pytorch(threads: number): Promise<TrainingPeer | null> {
  const found = await pythonWith('torch');
  if (found === null) return null;
  const child = new LineProcess(found.python, [script], { OMP_NUM_THREADS: String(threads) });
  return {
    name: 'pytorch',
    version: found.version,
    build: async (spec: StepSpec) => {
      if (!known.includes(spec.model)) return null;
      const { parameters } = await child.ask<{ parameters: number }>({ build: spec });
      return parameters;
    },
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    close: () => child.close(),
  };
}
