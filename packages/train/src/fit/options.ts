import type { Optimizer, ReduceLROnPlateau, Snapshot } from '@convnet/optim';
import {
  aBoolean,
  aCount,
  aFunction,
  anything,
  aString,
  integerFrom,
  numberFrom,
  oneOf,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import type { Batches, LabelledBatch } from '../batches.ts';
import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import type { StepOutput } from '../evaluate.ts';
import type { Loss } from '../loss.ts';
import type { Metric } from '../metrics/metric.ts';
import { aboveZero, aCountOrInfinity } from '../require.ts';
import type { Callback, EpochReport, StepReport } from './reports.ts';

/** What `fit` reads of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

/** When `fit` stops before its last epoch. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement after which training ends; Infinity: it only keeps the best weights. */
  readonly patience: number;
  /** Least improvement that counts. Default 0. */
  readonly minDelta?: number;
  /** Puts the weights of the best epoch back at the end. Default true. */
  readonly restoreBest?: boolean;
}

/** What `fit` does with a learning-rate schedule. */
export interface SteppedSchedule {
  /** Sets the rate of the next step. */
  step(): void;
  /** Keeps its state, to go back to when training fails. */
  snapshot?(): Snapshot;
}

/** What `fit` does with an average of the weights. */
export interface UpdatedAverage {
  /** Takes the weights of now into the average. */
  update(): void;
  /** Keeps its state, to go back to when training fails. */
  snapshot?(): Snapshot;
  /** Runs `body` with the averages in the place of the weights. */
  with?<T>(body: () => Promise<T>): Promise<T>;
}

/** Options of `fit`. */
export interface FitOptions<Batch = LabelledBatch> {
  readonly train: Batches<Batch>;
  /** Of parameters of the model: of all, or of those that are to be learned. */
  readonly optimizer: Optimizer;
  readonly epochs: number;
  /** Evaluated after every epoch, with the same loss. */
  readonly test?: Batches<Batch>;
  /**
   * Training samples that are evaluated after every epoch as `test` is, in evaluation mode, such as a loader of the training
   * set without random changes: `trainTest` of the reports. How far the two are apart tells of overfitting.
   */
  readonly trainTest?: Batches<Batch>;
  /** Loss of outputs and targets: a function or a layer such as `CrossEntropyLoss`. Default cross-entropy. */
  readonly loss?: Loss;
  /** More numbers to compute on the test set, such as `new F1Score()`. */
  readonly metrics?: readonly Metric[];
  /**
   * In place of `loss` and `metrics`, for networks that have their own: computes the loss of a batch, whatever a batch
   * is, and other numbers to tell of. On the test set it runs in evaluation mode.
   */
  readonly step?: (batch: Batch) => StepOutput;
  /**
   * A learning-rate schedule of the optimiser, moved on after each step or epoch (`scheduleEvery`); a `ReduceLROnPlateau`
   * gets the monitored number after each epoch.
   */
  readonly schedule?: SteppedSchedule | ReduceLROnPlateau;
  /** Default 'step'; 'epoch' for a `ReduceLROnPlateau`. */
  readonly scheduleEvery?: 'step' | 'epoch';
  /** Batches whose gradients make one step: their mean counts. Default 1. */
  readonly accumulate?: number;
  /** Greatest Euclidean norm of all gradients together; see `clipGradNorm`. */
  readonly clipGradNorm?: number;
  /** Greatest size of an element of a gradient; see `clipGradValue`. */
  readonly clipGradValue?: number;
  /**
   * An average of the weights, such as `ExponentialMovingAverage`, updated after each step. One that has `with` is what is
   * tested, and what the best weights are of.
   */
  readonly average?: UpdatedAverage;
  /**
   * The number that early stopping, best weights and `ReduceLROnPlateau` look at: 'loss' or 'accuracy' of the test set,
   * 'trainLoss', or the name of a metric. Default 'loss' where there is a test set, else 'trainLoss'.
   */
  readonly monitor?: string;
  /** Whether smaller or greater is better. Default: what is so for losses and metrics; numbers of a `step` must say. */
  readonly monitorMode?: 'min' | 'max';
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Training ends between two steps once so many seconds have passed, those before an interruption included. */
  readonly maxSeconds?: number;
  /** Training ends between two steps once it has seen so many samples, each as often as it was seen. */
  readonly maxSamples?: number;
  /** Saves the run from time to time, and goes on from there; see `Checkpoints`. */
  readonly checkpoints?: Checkpoints;
  /** Steps between two looks at the losses, which wait for the device. Default 20. */
  readonly checkEvery?: number;
  /** Called after each step; a promise is awaited. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each epoch and its test; a promise is awaited. */
  readonly onEpoch?: (report: EpochReport) => unknown;
  /** Others to be told, such as `progressBar()` and `jsonLines(…)`. */
  readonly callbacks?: readonly Callback[];
  /** Stops between two steps; `fit` then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike;
  /**
   * Records a step of each batch shape and replays it, which is quicker and gives the same numbers; see `capture`. A
   * step that cannot be replayed, such as one with a hook or with `Math.random()` in it, runs as it is. A replay repeats
   * the numbers that the program computed with, such as a weight of the loss that changes from step to step, so the
   * default is true only without a `step` and without a `loss` of the caller's own: those of the library do not change.
   */
  readonly capture?: boolean;
}

/** What has more to it than its kind, such as a loader, is looked at by a check of its own. */
export const fitOptions: Readonly<Record<keyof FitOptions, Kind>> = optionKinds<FitOptions>({
  train: anything,
  optimizer: anything,
  epochs: integerFrom(0),
  test: anything,
  trainTest: anything,
  loss: anything,
  metrics: anything,
  step: aFunction,
  schedule: anything,
  scheduleEvery: oneOf('step', 'epoch'),
  accumulate: aCount,
  clipGradNorm: aboveZero,
  clipGradValue: aboveZero,
  average: anything,
  monitor: aString,
  monitorMode: oneOf('min', 'max'),
  earlyStopping: anything,
  maxSeconds: aboveZero,
  maxSamples: aboveZero,
  checkpoints: anything,
  checkEvery: aCountOrInfinity,
  onStep: aFunction,
  onEpoch: aFunction,
  callbacks: anything,
  signal: anything,
  capture: aBoolean,
});

export const earlyStoppingOptions: Readonly<Record<keyof EarlyStoppingOptions, Kind>> =
  optionKinds<EarlyStoppingOptions>({
    patience: aCountOrInfinity,
    minDelta: numberFrom(0, Infinity),
    restoreBest: aBoolean,
  });

/** Options whatever a batch is. */
export type AnyFitOptions = Omit<FitOptions<unknown>, 'step'> & { readonly step?: unknown };
