import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { LineProcess } from './line-process.ts';
import type { StepSpec, TrainingPeer } from './peer.ts';

const run = promisify(execFile);

/** Where a Python with PyTorch may be: Debian's packages belong to the system's own. */
const pythons = ['/usr/bin/python3', 'python3'];

const script = join(import.meta.dirname, 'pytorch-steps.py');

/** Models that the script knows. */
const known = ['lenet5', 'lenet5_relu', 'lenet_bn'];

/** The first Python that can import torch, and the version of torch. */
async function find(): Promise<{ python: string; version: string } | null> {
  for (const python of pythons) {
    try {
      const { stdout } = await run(python, ['-c', 'import torch; print(torch.__version__)']);
      return { python, version: stdout.trim() };
    } catch {
      // No such Python, or one without torch: the next may have it.
    }
  }
  return null;
}

/** PyTorch on the CPU, in a process of its own; null where it is not installed. */
export async function pytorch(threads: number): Promise<TrainingPeer | null> {
  const found = await find();
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
