import { ArgumentError } from '@convnet/tensor-core';

import type { Optimizer } from './optimizer.ts';

export interface OneCycleOptions {
  /** Greatest learning rate. */
  readonly maxLearningRate: number;
  /** Steps of the whole cycle. */
  readonly totalSteps: number;
  /** Share of the steps in which the rate grows. Default 0.3. */
  readonly rise?: number;
  /** The rate starts at the greatest over this. Default 25. */
  readonly startDivisor?: number;
  /** The rate ends at the starting one over this. Default 1e4. */
  readonly endDivisor?: number;
}

/**
 * Raises the learning rate along a cosine and lowers it along another, step by step; as
 * torch.optim.lr_scheduler.OneCycleLR without momentum cycling. Smith and Topin, "Super-Convergence", 2018.
 */
export class OneCycle {
  readonly #optimizer: Optimizer;
  readonly #options: Required<OneCycleOptions>;
  #step = 0;

  /** @throws ArgumentError for options out of range. */
  constructor(optimizer: Optimizer, options: OneCycleOptions) {
    this.#optimizer = optimizer;
    this.#options = { rise: 0.3, startDivisor: 25, endDivisor: 1e4, ...options };
    const { totalSteps, rise } = this.#options;
    if (!Number.isInteger(totalSteps) || totalSteps < 1 || !(rise >= 0 && rise <= 1)) {
      throw new ArgumentError(
        `OneCycle: expected totalSteps ≥ 1 and rise from 0 to 1, got ${totalSteps} and ${rise}`,
      );
    }
    this.#apply();
  }

  /** Moves on by one step: call it after the optimiser's. @throws ArgumentError past the last step. */
  step(): void {
    this.#step++;
    if (this.#step > this.#options.totalSteps) {
      throw new ArgumentError(`OneCycle: the cycle of ${this.#options.totalSteps} steps is over`);
    }
    if (this.#step < this.#options.totalSteps) this.#apply();
  }

  #apply(): void {
    const { maxLearningRate, totalSteps, rise, startDivisor, endDivisor } = this.#options;
    const start = maxLearningRate / startDivisor;
    const peak = rise * totalSteps - 1;
    const last = totalSteps - 1;
    const learningRate =
      this.#step <= peak
        ? cosine(start, maxLearningRate, peak === 0 ? 1 : this.#step / peak)
        : cosine(maxLearningRate, start / endDivisor, (this.#step - peak) / (last - peak));
    for (const group of this.#optimizer.groups) group.options = { ...group.options, learningRate };
  }
}

function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}
