import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BlockDataset } from '@convnet/data';

import { LineProcess } from '../peers/line-process.ts';
import type { FoundPython } from '../peers/python.ts';
import type { PeerOutcome } from './entries.ts';
import { ParameterCountError } from './errors.ts';
import type { PlannedNetwork } from './plan.ts';
import type { Recipe } from './recipe.ts';
import type { ThreeWaySplit } from './three-way-split.ts';
import type { PeerTrainer, TrainingRequest } from './trainer.ts';

const script = join(import.meta.dirname, '..', 'peers', 'pytorch-trainings.py');

/** Files with the samples of a part, as the script reads them. */
interface PartFiles {
  /** float32, one sample after another. */
  readonly inputs: string;
  /** int32. */
  readonly labels: string;
}

/** Trains the networks of `pairs.ts` in PyTorch on the CPU, each in a process of its own with one thread. */
export class PyTorchTrainer implements PeerTrainer {
  readonly name = 'PyTorch';
  readonly version: string;
  readonly #python: string;
  readonly #splits: ReadonlyMap<string, ThreeWaySplit>;
  readonly #recipe: Recipe;
  readonly #signal: AbortSignal;
  readonly #written = new Map<string, Record<string, PartFiles>>();
  #folder: string | null = null;

  /** `splits`: by the names of the sets. */
  constructor(
    { python, version }: FoundPython,
    splits: ReadonlyMap<string, ThreeWaySplit>,
    recipe: Recipe,
    signal: AbortSignal,
  ) {
    this.#python = python;
    this.version = version;
    this.#splits = splits;
    this.#recipe = recipe;
    this.#signal = signal;
  }

  /** @throws ParameterCountError where it is another network; Error where the process ends. */
  async train(
    { set, member, counts }: PlannedNetwork,
    { rate, epochs, seed }: TrainingRequest,
  ): Promise<PeerOutcome> {
    const split = this.#splits.get(set.name)!;
    const { batchSize, weightDecay } = this.#recipe;
    const request = {
      member: member.name,
      dims: set.dims,
      stem: set.stem,
      classes: split.train.classes.length,
      inputShape: split.train.inputShape,
      parts: await this.#parts(set.name, split),
      changes: split.changes,
      repeats: set.repeats,
      rate,
      epochs,
      seed,
      batchSize,
      weightDecay,
    };
    const child = new LineProcess(this.#python, [script], {
      OMP_NUM_THREADS: '1',
      MKL_NUM_THREADS: '1',
    });
    const stop = (): void => child.close();
    this.#signal.addEventListener('abort', stop);
    try {
      const { parameters, ...outcome } = await child.ask<PeerOutcome & { parameters: number }>(
        request,
      );
      const expected = 'params' in counts ? counts.params : null;
      if (parameters === expected) return outcome;
      throw new ParameterCountError(
        `${member.label}: PyTorch's has ${parameters} parameters, convnet's ${expected}`,
      );
    } finally {
      this.#signal.removeEventListener('abort', stop);
      child.close();
    }
  }

  /** Removes the samples. */
  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #parts(name: string, split: ThreeWaySplit): Promise<Record<string, PartFiles>> {
    const known = this.#written.get(name);
    if (known !== undefined) return known;
    this.#folder ??= await mkdtemp(join(tmpdir(), 'convnet-pytorch-'));
    const folder = join(this.#folder, name);
    await mkdir(folder);
    const files: Record<string, PartFiles> = {};
    for (const part of ['train', 'validation', 'test'] as const) {
      files[part] = await written(split[part], join(folder, part));
    }
    this.#written.set(name, files);
    return files;
  }
}

/** Writes samples as they are before random changes. */
async function written(samples: BlockDataset, path: string): Promise<PartFiles> {
  const count = samples.length;
  const size = samples.inputShape.reduce((product, extent) => product * extent, 1);
  const inputs = new Float32Array(count * size);
  const labels = new Int32Array(count);
  // Without random numbers they come untouched.
  samples.fill(
    Int32Array.from({ length: count }, (_, i) => i),
    inputs,
    labels,
  );
  const files = { inputs: `${path}.inputs`, labels: `${path}.labels` };
  await writeFile(files.inputs, inputs);
  await writeFile(files.labels, labels);
  return files;
}
