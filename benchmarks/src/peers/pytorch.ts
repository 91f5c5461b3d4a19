import { join } from 'node:path';

import { rowError } from '../report/failures.ts';
import { LineProcess } from './line-process.ts';
import type { ProcessMemory, TrainingPeer } from './peer.ts';
import { namedPython, pythonWith, type FoundPython } from './python.ts';

const script = join(import.meta.dirname, 'pytorch-steps.py');

function start({ python, version }: FoundPython, threads: number): TrainingPeer {
  const child = new LineProcess(python, [script], { OMP_NUM_THREADS: String(threads) });
  return {
    name: 'pytorch',
    version,
    build: async (spec) =>
      (await child.ask<{ parameters: number | null }>({ build: spec })).parameters,
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    memory: () => child.ask<ProcessMemory>({ memory: true }),
    close: () => child.close(),
  };
}

/**
 * The Pythons that can import a module of PyTorch's: that of the system, and that which CONVNET_PYTHON names.
 * @param note is told what could not be found.
 */
export async function findPyTorches(
  module: 'torch' | 'torchvision',
  note: (sentence: string) => void,
): Promise<FoundPython[]> {
  const found: FoundPython[] = [];
  const system = await pythonWith(module);
  if (system !== null) found.push(system);
  try {
    const named = await namedPython(module);
    if (named !== null) found.push(named);
  } catch (error) {
    note(`Not run: a second pytorch; ${rowError(error).message}.`);
  }
  if (found.length === 0) {
    note(`Not run: pytorch. No /usr/bin/python3 or python3 on the path can import ${module}.`);
  }
  return found;
}

/**
 * PyTorch on the CPU, in a process of its own each: that of the system's Python, and that of the Python which
 * CONVNET_PYTHON names.
 * @param note is told what could not be found.
 */
export async function pytorches(
  threads: number,
  note: (sentence: string) => void,
): Promise<TrainingPeer[]> {
  const found = await findPyTorches('torch', note);
  return found.map((each) => start(each, threads));
}
