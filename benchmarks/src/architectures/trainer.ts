import type { PeerOutcome, RateEntry, TrainingOutcome } from './entries.ts';
import type { PlannedNetwork } from './plan.ts';

/** One training of a network. */
export interface TrainingRequest {
  readonly rate: number;
  readonly epochs: number;
  readonly seed: number;
}

export type TrialOutcome = Pick<
  RateEntry,
  'validationAccuracy' | 'validationLoss' | 'seconds' | 'coreSeconds'
>;

/** Is told how far a training is, 0 to 1. */
export type OnProgress = (share: number, detail: string) => void;

/** What trains networks. Each method rejects with the reason of the signal where the user interrupts the run. */
export interface Trainer {
  /** Samples that a network sees in a pass. */
  readonly samplesOf: (network: PlannedNetwork) => number;
  /** Seconds of a core for each sample of a training step. */
  time(network: PlannedNetwork): Promise<number>;
  /** Trains, and looks at the validation samples alone. */
  tryRate(
    network: PlannedNetwork,
    request: TrainingRequest,
    onProgress: OnProgress,
  ): Promise<TrialOutcome>;
  /** Trains, and looks at the test samples once, after the last pass. */
  train(
    network: PlannedNetwork,
    request: TrainingRequest,
    onProgress: OnProgress,
  ): Promise<TrainingOutcome>;
}

/** Another library that trains some of the networks by the same recipe. */
export interface PeerTrainer {
  readonly name: string;
  readonly version: string;
  /** As `Trainer.train`. */
  train(network: PlannedNetwork, request: TrainingRequest): Promise<PeerOutcome>;
}
