import { ReduceLROnPlateau } from '@convnet/optim';
import { ArgumentError } from '@convnet/tensor-core';

import type { Evaluation } from '../evaluate.ts';
import type { AnyFitOptions } from './options.ts';

/** What an epoch came to. */
export interface EpochFigures {
  readonly loss: number;
  readonly values: Readonly<Record<string, number>>;
  readonly test: Evaluation | null;
}

/** Watches one number from epoch to epoch: which was best, and for how many epochs none has been better. */
export class Monitor {
  readonly name: string;
  readonly mode: 'min' | 'max';
  readonly #minDelta: number;
  best: { readonly epoch: number; readonly value: number } | null = null;
  /** Epochs since the best. */
  waited = 0;

  /** @throws ArgumentError where it cannot be told whether smaller or greater numbers are better. */
  constructor(options: AnyFitOptions) {
    this.name = options.monitor ?? (options.test === undefined ? 'trainLoss' : 'loss');
    this.mode = options.monitorMode ?? modeOf(this.name, options);
    this.#minDelta = options.earlyStopping?.minDelta ?? 0;
  }

  /** @throws ArgumentError where there is no such number. */
  valueOf({ loss, values, test }: EpochFigures): number {
    const known: Record<string, number> = {
      ...values,
      ...test?.metrics,
      trainLoss: loss,
      loss: test?.loss ?? loss,
      ...(test !== null && !Number.isNaN(test.accuracy) && { accuracy: test.accuracy }),
    };
    const value = known[this.name];
    if (value !== undefined) return value;
    throw new ArgumentError(
      `fit: expected monitor as one of ${Object.keys(known).join(', ')}, got '${this.name}'`,
    );
  }

  /** Takes note of an epoch's number, and whether it is the best so far. NaN is not. */
  observe(epoch: number, value: number): boolean {
    const { best } = this;
    const gain =
      best === null ? Infinity : this.mode === 'min' ? best.value - value : value - best.value;
    const isBest = !Number.isNaN(value) && gain > (best === null ? 0 : this.#minDelta);
    if (isBest) this.best = { epoch, value };
    this.waited = isBest ? 0 : this.waited + 1;
    return isBest;
  }
}

/** The monitor that the options ask for; null where nothing looks at one. */
export function monitorOf(options: AnyFitOptions): Monitor | null {
  const { monitor, earlyStopping, schedule, checkpoints } = options;
  const isWanted =
    monitor !== undefined ||
    earlyStopping !== undefined ||
    schedule instanceof ReduceLROnPlateau ||
    checkpoints?.keepsBest === true;
  return isWanted ? new Monitor(options) : null;
}

function modeOf(name: string, { metrics = [] }: AnyFitOptions): 'min' | 'max' {
  if (name === 'loss' || name === 'trainLoss') return 'min';
  if (name === 'accuracy') return 'max';
  const metric = metrics.find((candidate) => candidate.name === name);
  if (metric !== undefined) return metric.better;
  throw new ArgumentError(
    `fit: expected monitor as one of ${['loss', 'trainLoss', 'accuracy', ...metrics.map((m) => m.name)].join(', ')}, ` +
      `or with a monitorMode 'min' or 'max', got '${name}'`,
  );
}
