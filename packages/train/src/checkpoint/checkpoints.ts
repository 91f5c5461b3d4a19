import {
  aBoolean,
  ArgumentError,
  anObject,
  checkOptions,
  optionKinds,
  type Stateful,
  formatValue,
} from '@convnet/tensor-core';
import { openSafetensors, safetensorsChunks } from '@convnet/weights';

import { aboveZero, aCountOrInfinity } from '../require.ts';
import {
  checkpointContents,
  partsOf,
  restoreCheckpoint,
  type CheckpointParts,
} from './contents.ts';
import { CheckpointError, messageOf } from './errors.ts';
import type { CheckpointStore } from './store.ts';

/** Options of `Checkpoints`. */
export interface CheckpointsOptions {
  /** Steps between two checkpoints. Default: none within an epoch. */
  readonly everySteps?: number;
  /** Seconds between two checkpoints. Default: none within an epoch. */
  readonly everySeconds?: number;
  /** Epochs between two checkpoints. Default 1. */
  readonly everyEpochs?: number;
  /** How many of the latest are kept. Default 3. */
  readonly keep?: number;
  /** Keeps the one of the epoch whose monitored number is best, as `best.safetensors`. Default true. */
  readonly keepBest?: boolean;
  /**
   * Goes on from the latest checkpoint where there is one. Default false: a place with checkpoints is then refused, as
   * a new run would overwrite those of another.
   */
  readonly resume?: boolean;
  /** Other things that go on with the run, by name, such as a `Generator` of the program's own. */
  readonly parts?: Readonly<Record<string, Stateful>>;
}

const checkpointsOptions = optionKinds<CheckpointsOptions>({
  everySteps: aCountOrInfinity,
  everySeconds: aboveZero,
  everyEpochs: aCountOrInfinity,
  keep: aCountOrInfinity,
  keepBest: aBoolean,
  resume: aBoolean,
  parts: anObject,
});

/** A checkpoint that could not be used; the one before it was. */
export interface SkippedCheckpoint {
  readonly name: string;
  readonly error: unknown;
}

const bestName = 'best.safetensors';
const stepName = /^step-(\d{9,})\.safetensors$/;

/**
 * Saves a run of `fit` from time to time, and lets another go on from there bit by bit as if there had been no
 * interruption:
 *
 *     import { folderStore } from '@convnet/train/node';
 *     const checkpoints = new Checkpoints(folderStore('runs/a'), { everySteps: 500, resume: true });
 *     await fit(model, { …, checkpoints });
 *
 * A checkpoint is one safetensors file. It is written as a whole or not at all, and older ones go only once a newer one is
 * there.
 */
export class Checkpoints {
  readonly store: CheckpointStore;
  readonly keepsBest: boolean;
  readonly resumes: boolean;
  readonly parts: Readonly<Record<string, Stateful>>;
  readonly #everySteps: number;
  readonly #everySeconds: number;
  readonly #everyEpochs: number;
  readonly #keep: number;
  #savedAt = 0;

  /** @throws ArgumentError. */
  constructor(store: CheckpointStore, options: CheckpointsOptions = {}) {
    const where = 'Checkpoints';
    const given: Partial<CheckpointStore> | null = store;
    if (typeof given?.write !== 'function' || typeof given.list !== 'function') {
      throw new ArgumentError(
        `${where}: expected a store, such as folderStore(path) of '@convnet/train/node', got ${formatValue(store)}`,
      );
    }
    checkOptions(where, options, checkpointsOptions);
    const { everySteps = Infinity, everySeconds = Infinity, everyEpochs = 1, keep = 3 } = options;
    const { keepBest = true, resume = false, parts = {} } = options;
    this.store = store;
    this.keepsBest = keepBest;
    this.resumes = resume;
    this.parts = parts;
    this.#everySteps = everySteps;
    this.#everySeconds = everySeconds;
    this.#everyEpochs = everyEpochs;
    this.#keep = keep;
  }

  /** @internal */
  startClock(): void {
    this.#savedAt = performance.now();
  }

  /** @internal Whether it is time for one after so many steps. */
  isDueAtStep(totalSteps: number): boolean {
    const seconds = (performance.now() - this.#savedAt) / 1000;
    return totalSteps % this.#everySteps === 0 || seconds >= this.#everySeconds;
  }

  /** @internal Whether it is time for one after an epoch. */
  isDueAtEpoch(epoch: number): boolean {
    return epoch % this.#everyEpochs === 0;
  }

  /**
   * @internal Writes the state of the parts as the checkpoint of so many steps, and removes what is too old.
   * @throws CheckpointError.
   */
  async save(parts: CheckpointParts, totalSteps: number): Promise<void> {
    await this.#write(nameOf(totalSteps), parts);
    this.#savedAt = performance.now();
    const names = await this.#steps();
    // What a run that was told to start anew has left behind it is not newer.
    for (const name of names.slice(this.#keep)) await this.store.remove(name);
  }

  /** @internal @throws CheckpointError. */
  async saveBest(parts: CheckpointParts): Promise<void> {
    await this.#write(bestName, parts);
  }

  async #write(name: string, parts: CheckpointParts): Promise<void> {
    const chunks = await safetensorsChunks(...checkpointContents(parts));
    try {
      await this.store.write(name, chunks);
    } catch (error) {
      throw new CheckpointError(
        'write',
        `${this.store.name}: the checkpoint '${name}' could not be written (${messageOf(error)}); those of before are ` +
          'still there, and the weights in memory are untouched',
        { cause: error },
      );
    }
  }

  /** Names of the checkpoints, the latest first. */
  async #steps(): Promise<string[]> {
    const names = (await this.store.list()).filter((name) => stepName.test(name));
    const stepOf = (name: string): number => Number(stepName.exec(name)![1]);
    return names.sort((a, b) => stepOf(b) - stepOf(a));
  }

  /**
   * @internal Puts the latest checkpoint that can be read into the parts; null where there is none at all.
   * @throws CheckpointError where there is one and `resume` was not asked for, where none can be read, and where one does
   * not fit.
   */
  async restore(
    parts: CheckpointParts,
  ): Promise<{ readonly name: string; readonly skipped: readonly SkippedCheckpoint[] } | null> {
    const names = await this.#steps();
    if (names.length === 0) return null;
    const { store } = this;
    if (!this.resumes) {
      throw new CheckpointError(
        'occupied',
        `${store.name}: expected a place without checkpoints, got one with ${names[0]}: go on from it with ` +
          'resume: true, or choose another place',
      );
    }
    const skipped: SkippedCheckpoint[] = [];
    for (const name of names) {
      let file;
      try {
        file = await openSafetensors(await store.read(name));
        partsOf(file);
      } catch (error) {
        // A file from before a loss of power may be damaged; one that is another's is not for us to pass over.
        if (error instanceof CheckpointError && error.fault === 'version') throw error;
        skipped.push({ name, error });
        continue;
      }
      requireSameParts(`${store.name}, ${name}`, partsOf(file), Object.keys(parts));
      await restoreCheckpoint(file, parts);
      return { name, skipped };
    }
    throw new CheckpointError(
      'unreadable',
      `${store.name}: none of ${names.length} checkpoints can be read; the latest: ${messageOf(skipped[0]!.error)}`,
      { cause: skipped[0]!.error },
    );
  }
}

function nameOf(totalSteps: number): string {
  return `step-${String(totalSteps).padStart(9, '0')}.safetensors`;
}

/** A run that goes on without something that had a state would be another one. */
function requireSameParts(where: string, saved: readonly string[], own: readonly string[]): void {
  const missing = own.filter((name) => !saved.includes(name));
  const unexpected = saved.filter((name) => !own.includes(name));
  if (missing.length + unexpected.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`has no state of ${missing.join(', ')}, which this run has`] : []),
    ...(unexpected.length > 0
      ? [`has the state of ${unexpected.join(', ')}, which this run has not`]
      : []),
  ];
  throw new CheckpointError('parts', `${where}: the checkpoint ${parts.join(' and ')}`);
}
