import { aCount, aFiniteNumber, checkOptions, numberFrom, optionKinds } from '@convnet/tensor-core';

import type { Optimizer } from './optimizer.ts';
import { LRScheduler } from './schedule.ts';

/** Half a cosine wave from `from` (share 0) to `to` (share 1). */
function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}

/** Options of `CosineAnnealingWarmRestarts`. */
export interface CosineAnnealingWarmRestartsOptions {
  /** Steps to the first restart. */
  readonly firstSteps: number;
  /** Each stretch has this many times the steps of the one before. Default 1. */
  readonly multiplier?: number;
  /** Default 0. */
  readonly minLearningRate?: number;
}

const restartKinds = optionKinds<CosineAnnealingWarmRestartsOptions>({
  firstSteps: aCount,
  multiplier: aCount,
  minLearningRate: aFiniteNumber,
});

/**
 * Cosine annealing that starts anew after `firstSteps`, then after `multiplier` times as many each time.
 * Loshchilov and Hutter, "SGDR", ICLR 2017.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #firstSteps: number;
  readonly #multiplier: number;
  readonly #least: number;

  override get typeName(): string {
    return 'CosineAnnealingWarmRestarts';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(optimizer: Optimizer, options: CosineAnnealingWarmRestartsOptions) {
    super(optimizer);
    const name = 'CosineAnnealingWarmRestarts';
    checkOptions(name, options, restartKinds, ['firstSteps']);
    const { firstSteps, multiplier = 1, minLearningRate = 0 } = options;
    this.#firstSteps = firstSteps;
    this.#multiplier = multiplier;
    this.#least = minLearningRate;
    this.apply();
  }

  override rate(step: number, base: number): number {
    let length = this.#firstSteps;
    // Stretches of one length are not walked through: there may be millions.
    let within = this.#multiplier === 1 ? step % length : step;
    while (within >= length) {
      within -= length;
      length *= this.#multiplier;
    }
    return cosine(base, this.#least, within / length);
  }
}

/** Options of `OneCycleLR`. */
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

const cycleKinds = optionKinds<OneCycleOptions>({
  maxLearningRate: aFiniteNumber,
  totalSteps: aCount,
  rise: numberFrom(0, 1),
  startDivisor: aFiniteNumber,
  endDivisor: aFiniteNumber,
});

/**
 * Raises the rate along a cosine and lowers it along another, step by step; momentum is left alone. Smith
 * and Topin, "Super-Convergence", 2018. The rate that the user gave does not count: the one that the cycle
 * starts at is the groups' initial rate from here on, for schedules made later too, as in PyTorch.
 */
export class OneCycleLR extends LRScheduler {
  readonly #max: number;
  readonly #totalSteps: number;
  readonly #rise: number;
  readonly #start: number;
  readonly #end: number;

  override get typeName(): string {
    return 'OneCycleLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(optimizer: Optimizer, options: OneCycleOptions) {
    const name = 'OneCycleLR';
    checkOptions(name, options, cycleKinds, ['maxLearningRate', 'totalSteps']);
    const { maxLearningRate: max, totalSteps, rise = 0.3 } = options;
    const { startDivisor = 25, endDivisor = 1e4 } = options;
    const start = max / startDivisor;
    super(optimizer, start);
    this.#max = max;
    this.#start = start;
    this.#end = start / endDivisor;
    this.#totalSteps = totalSteps;
    this.#rise = rise;
    this.apply();
  }

  /** Past the last step the rate stays at its end. */
  override rate(step: number): number {
    const peak = this.#rise * this.#totalSteps - 1;
    const last = this.#totalSteps - 1;
    if (step <= peak) return cosine(this.#start, this.#max, peak === 0 ? 1 : step / peak);
    const share = Math.min(1, (step - peak) / (last - peak));
    return cosine(this.#max, this.#end, share);
  }
}
