import { formatValue, integerFrom, requireKind } from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import type { BatchPlan } from './batch-plan.ts';

/** Where a loader stands. */
export interface LoaderState {
  /** Number of the epoch, from 0. */
  readonly epoch: number;
  /** Batches of it that have been handed out. */
  readonly batch: number;
  readonly seed: number;
  readonly batchSize: number;
  /** Batches in an epoch; null where that is not known. */
  readonly length: number | null;
}

/** One run through an epoch, from batch `first` on. */
export interface EpochRun {
  readonly epoch: number;
  readonly first: number;
  /** Tells that `batch` batches of the epoch have been handed out. */
  reached(batch: number): void;
  /** Tells that there are no more. */
  end(): void;
}

/** Counts epochs and batches, so that a run can go on where another stopped. */
export class LoaderPosition {
  readonly #plan: BatchPlan;
  #epoch = 0;
  /** Of the next epoch, how many batches have been handed out before. */
  #batch = 0;
  /** The run that the state tells of: the latest, until it ends. */
  #run: { readonly epoch: number; batch: number } | null = null;

  constructor(plan: BatchPlan) {
    this.#plan = plan;
  }

  /** Number of the next epoch. */
  get epoch(): number {
    return this.#epoch;
  }

  set epoch(value: number) {
    requireKind('DataLoader', 'epoch', value, integerFrom(0));
    this.#epoch = value;
    this.#batch = 0;
    this.#run = null;
  }

  start(): EpochRun {
    const run = { epoch: this.#epoch, batch: this.#batch };
    this.#epoch += 1;
    this.#batch = 0;
    this.#run = run;
    return {
      epoch: run.epoch,
      first: run.batch,
      reached: (batch) => {
        run.batch = batch;
      },
      end: () => {
        if (this.#run === run) this.#run = null;
      },
    };
  }

  stateDict(): LoaderState {
    const { seed, batchSize, length = null } = this.#plan;
    const { epoch, batch } = this.#run ?? { epoch: this.#epoch, batch: this.#batch };
    return { epoch, batch, seed, batchSize, length };
  }

  loadStateDict(state: LoaderState): void {
    const own = this.stateDict();
    for (const name of ['seed', 'batchSize', 'length'] as const) {
      if (state?.[name] === own[name]) continue;
      throw new DatasetError(
        'state',
        `DataLoader.loadStateDict: expected the state of a loader with ${name} ${own[name]}, got ` +
          `${formatValue(state?.[name])}: other batches would follow`,
      );
    }
    for (const name of ['epoch', 'batch'] as const) {
      if (Number.isSafeInteger(state[name]) && state[name] >= 0) continue;
      throw new DatasetError(
        'state',
        `DataLoader.loadStateDict: expected ${name} as a whole number from 0, got ${formatValue(state[name])}`,
      );
    }
    this.epoch = state.epoch;
    this.#batch = state.batch;
  }
}
