import type { SkippedCheckpoint } from '../checkpoint/checkpoints.ts';
import type { Evaluation } from '../evaluate.ts';

/** Where a run stands. */
export interface StepReport {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Steps done in all epochs. */
  readonly totalSteps: number;
  /** Mean loss of the steps between the last two checks; NaN before the first. */
  readonly loss: number;
  /** Means of what a `step` gives beside its loss, as `loss`. */
  readonly values: Readonly<Record<string, number>>;
  /** Samples of this epoch so far, and how many a second. */
  readonly samples: number;
  readonly samplesPerSecond: number;
  /** Of each group of the optimiser, as the next step will use it. */
  readonly learningRates: readonly number[];
  /** Seconds that the run has still to go, tests included, as far as can be told; Infinity where it cannot. */
  readonly secondsLeft: number;
}

/** One epoch of a run. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss of its steps. */
  readonly loss: number;
  /** Means of what a `step` gives beside its loss. */
  readonly values: Readonly<Record<string, number>>;
  /** On the test set, where there is one. */
  readonly test: Evaluation | null;
  /** Of training, without the test. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Samples that it trained with. */
  readonly samples: number;
  /** Steps done in all epochs. */
  readonly totalSteps: number;
  /** Of each group of the optimiser, at the end of the epoch. */
  readonly learningRates: readonly number[];
  /** What was monitored, and whether it is the best so far; null where nothing was. */
  readonly monitor: {
    readonly name: string;
    readonly value: number;
    readonly isBest: boolean;
  } | null;
}

/**
 * Why a run ended: all epochs were done, the monitored number did not get better for `patience` epochs, or the budget
 * of seconds or samples was spent.
 */
export type StopReason = 'epochs' | 'patience' | 'seconds' | 'samples';

/** What a run did: the reports of its epochs, the last of which may be of a part of one, and how it ended. */
export interface FitReport extends Array<EpochReport> {
  readonly stopped: StopReason;
  /** The epoch whose monitored number was best; null where nothing was monitored, or it was never a number. */
  readonly best: { readonly epoch: number; readonly name: string; readonly value: number } | null;
  /** Whether the weights now in the model are those of the best epoch. */
  readonly restoredBest: boolean;
  /** Steps, samples and seconds of the whole run, those before an interruption included. */
  readonly totalSteps: number;
  readonly samples: number;
  readonly seconds: number;
}

/** What a run is about to do. */
export interface StartReport {
  readonly epochs: number;
  /** Steps in an epoch. */
  readonly steps: number;
  /** Epoch and steps of it that were done before, where an interrupted run goes on; else 1 and 0. */
  readonly epoch: number;
  readonly step: number;
  /** Steps that were done before. */
  readonly totalSteps: number;
  /** Learned numbers of the model. */
  readonly parameters: number;
  /** Name of the checkpoint that it goes on from; null where it starts anew. */
  readonly checkpoint: string | null;
  /** Later ones that could not be read, and why. */
  readonly skippedCheckpoints: readonly SkippedCheckpoint[];
}

/** How a run ended. */
export interface EndReport {
  /** Why; null where an error ended it. */
  readonly stopped: StopReason | null;
  readonly error: unknown;
  readonly best: FitReport['best'];
  readonly totalSteps: number;
  readonly seconds: number;
}

/** Something that is told how a run goes, such as a progress bar. A promise is awaited before the run goes on. */
export interface Callback {
  /** Before the first step. */
  onStart?(report: StartReport): unknown;
  /** After every step. */
  onStep?(report: StepReport): unknown;
  /** After every epoch, with its measures. */
  onEpoch?(report: EpochReport): unknown;
  /** Also after an error; what it throws then is not told. */
  onEnd?(report: EndReport): unknown;
}
