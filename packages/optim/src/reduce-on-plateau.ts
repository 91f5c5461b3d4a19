import { ArgumentError } from '@convnet/tensor-core';

import type { Optimizer } from './optimizer.ts';

export interface ReduceLROnPlateauOptions {
  /** Whether lower or higher values of the metric are better. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** The rate is multiplied by this. Default 0.1. */
  readonly factor?: number;
  /** Looks without improvement that are let pass. Default 10. */
  readonly patience?: number;
  /** Least improvement that counts, relative to the best value. Default 1e-4. */
  readonly threshold?: number;
  /** Looks after a reduction that do not count. Default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minLearningRate?: number;
}

/** Lowers the learning rate when a metric stops improving. torch.optim.lr_scheduler.ReduceLROnPlateau. */
export class ReduceLROnPlateau {
  readonly #optimizer: Optimizer;
  readonly #options: Required<ReduceLROnPlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;

  /** @throws ArgumentError for a factor of 1 or more. */
  constructor(optimizer: Optimizer, options: ReduceLROnPlateauOptions = {}) {
    this.#optimizer = optimizer;
    this.#options = {
      mode: 'min',
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      cooldown: 0,
      minLearningRate: 0,
      ...options,
    };
    if (!(this.#options.factor < 1)) {
      throw new ArgumentError(
        `ReduceLROnPlateau: expected a factor below 1, got ${this.#options.factor}`,
      );
    }
    this.#best = this.#options.mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** Takes note of the metric, usually once an epoch. */
  step(metric: number): void {
    const { factor, patience, cooldown, minLearningRate } = this.#options;
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#bad = 0;
    } else {
      this.#bad++;
    }
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad <= patience) return;
    for (const group of this.#optimizer.groups) {
      const learningRate = Math.max(group.options.learningRate * factor, minLearningRate);
      // A change too small to matter is not made, as in PyTorch.
      if (group.options.learningRate - learningRate > 1e-8) {
        group.options = { ...group.options, learningRate };
      }
    }
    this.#cooling = cooldown;
    this.#bad = 0;
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold } = this.#options;
    return mode === 'min'
      ? metric < this.#best * (1 - threshold)
      : metric > this.#best * (1 + threshold);
  }
}
