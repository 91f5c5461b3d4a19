import { optionsOf, requireCount, requireNumber, requireRange } from './check.ts';
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
    const known = ['firstSteps', 'multiplier', 'minLearningRate'] as const;
    const { firstSteps, multiplier = 1, minLearningRate = 0 } = optionsOf(name, options, known);
    this.#firstSteps = requireCount(name, 'firstSteps', firstSteps);
    this.#multiplier = requireCount(name, 'multiplier', multiplier);
    this.#least = requireNumber(name, 'minLearningRate', minLearningRate);
    this.apply();
  }

  override rate(step: number, base: number): number {
    let length = this.#firstSteps;
    let within = step;
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

const knownOfOneCycle = [
  'maxLearningRate',
  'totalSteps',
  'rise',
  'startDivisor',
  'endDivisor',
] as const;

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
    const { maxLearningRate, totalSteps, rise, startDivisor, endDivisor } = {
      rise: 0.3,
      startDivisor: 25,
      endDivisor: 1e4,
      ...optionsOf(name, options, knownOfOneCycle),
    };
    const max = requireNumber(name, 'maxLearningRate', maxLearningRate);
    const start = max / requireNumber(name, 'startDivisor', startDivisor);
    super(optimizer, start);
    this.#max = max;
    this.#start = start;
    this.#end = start / requireNumber(name, 'endDivisor', endDivisor);
    this.#totalSteps = requireCount(name, 'totalSteps', totalSteps);
    this.#rise = requireRange(name, 'rise', rise, 0, 1);
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
