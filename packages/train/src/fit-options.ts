import type { Optimizer, Snapshot } from '@convnet/optim';
import type { Tensor } from '@convnet/tensor-core';

import type { Batches } from './batches.ts';
import type { Evaluation } from './evaluate.ts';

/** Where a run stands. */
export interface StepReport {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Mean loss of the steps between the last two checks; NaN before the first. */
  readonly loss: number;
}

/** One epoch of a run. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss of its steps. */
  readonly loss: number;
  /** On the test set, where there is one. */
  readonly test: Evaluation | null;
  /** Of training, without the test. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
}

/** What `fit` reads of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface FitOptions {
  readonly train: Batches;
  /** Of parameters of the model: of all, or of those that are to be learned. */
  readonly optimizer: Optimizer;
  readonly epochs: number;
  /** Evaluated after every epoch. */
  readonly test?: Batches;
  /** Loss of logits and labels. Default cross-entropy. */
  readonly loss?: (logits: Tensor, labels: Tensor) => Tensor;
  /** A learning-rate schedule of the optimiser, moved on after each step. */
  readonly schedule?: { step(): void; snapshot?(): Snapshot };
  /** An average of the weights, such as `ExponentialMovingAverage`, updated after each step. */
  readonly average?: { update(): void; snapshot?(): Snapshot };
  /** Steps between two looks at the losses, which wait for the device. Default 20. */
  readonly checkEvery?: number;
  /** Called after each step; a promise is awaited. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each epoch and its test; a promise is awaited. */
  readonly onEpoch?: (report: EpochReport) => unknown;
  /** Stops between two steps; `fit` then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike;
  /**
   * Records a step of each batch shape and replays it, which is quicker and gives the same numbers; see `capture`. A
   * step that cannot be replayed, such as one with a hook or with `Math.random()` in it, runs as it is. A replay repeats
   * the numbers that the program computed with, such as a weight of the loss that changes from step to step, so the
   * default is true only without a `loss` of the caller's.
   */
  readonly capture?: boolean;
}
