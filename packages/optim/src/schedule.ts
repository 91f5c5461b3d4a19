import { ArgumentError, everyRun } from '@convnet/tensor-core';

import type { Optimizer } from './optimizer.ts';

/** What every schedule can be told to do. */
export interface Schedule {
  /** Moves on by one step and sets the learning rates. */
  step(): void;
}

/**
 * Sets the learning rate of every group of an optimiser from the number of steps so far, starting at once
 * with step 0. Call `step` after the optimiser's `step`, or once an epoch: the unit is the caller's. The
 * schedules are torch.optim.lr_scheduler's, under their names, in closed form.
 */
export abstract class LRScheduler implements Schedule {
  readonly #optimizer: Optimizer;
  readonly #base: readonly number[];
  #steps = 0;

  constructor(optimizer: Optimizer) {
    this.#optimizer = optimizer;
    this.#base = optimizer.groups.map((group) => group.options.learningRate);
  }

  /** The learning rate after `step` steps of a group that started at `base`. */
  abstract rate(step: number, base: number): number;

  /** Steps so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The present learning rate of each group. */
  get learningRates(): number[] {
    return this.#optimizer.groups.map((group) => group.options.learningRate);
  }

  step(): void {
    everyRun(() => {
      this.#steps++;
      this.apply();
    });
  }

  /**
   * Sets the rates of the present step; constructors of subclasses end with it.
   * @throws ArgumentError where a rate is not finite.
   */
  protected apply(): void {
    this.#optimizer.groups.forEach((group, i) => {
      const learningRate = this.rate(this.#steps, this.#base[i]!);
      if (!Number.isFinite(learningRate)) {
        throw new ArgumentError(
          `${this.constructor.name}: expected options that give a finite learning rate, got ` +
            `${learningRate} at step ${this.#steps}`,
        );
      }
      group.options = { ...group.options, learningRate };
    });
  }
}

function requireCount(schedule: string, name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ArgumentError(`${schedule}: expected ${name} as an integer ≥ 1, got ${value}`);
}

/** Half a cosine wave from `from` (share 0) to `to` (share 1). */
function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}

/** Multiplies the rate by `gamma` (default 0.1) every `stepSize` steps. */
export class StepLR extends LRScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  constructor(
    optimizer: Optimizer,
    options: { readonly stepSize: number; readonly gamma?: number },
  ) {
    super(optimizer);
    this.#stepSize = requireCount('StepLR', 'stepSize', options.stepSize);
    this.#gamma = options.gamma ?? 0.1;
    this.apply();
  }

  override rate(step: number, base: number): number {
    return base * this.#gamma ** Math.floor(step / this.#stepSize);
  }
}

/** Multiplies the rate by `gamma` (default 0.1) at each milestone. */
export class MultiStepLR extends LRScheduler {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  constructor(
    optimizer: Optimizer,
    options: { readonly milestones: readonly number[]; readonly gamma?: number },
  ) {
    super(optimizer);
    this.#milestones = options.milestones;
    this.#gamma = options.gamma ?? 0.1;
    this.apply();
  }

  override rate(step: number, base: number): number {
    return base * this.#gamma ** this.#milestones.filter((milestone) => milestone <= step).length;
  }
}

/** Multiplies the rate by `gamma` every step. */
export class ExponentialLR extends LRScheduler {
  readonly #gamma: number;

  constructor(optimizer: Optimizer, options: { readonly gamma: number }) {
    super(optimizer);
    this.#gamma = options.gamma;
    this.apply();
  }

  override rate(step: number, base: number): number {
    return base * this.#gamma ** step;
  }
}

/** Lowers the rate to 0 over `totalSteps` along (1 - share)^power (default 1). */
export class PolynomialLR extends LRScheduler {
  readonly #totalSteps: number;
  readonly #power: number;

  constructor(
    optimizer: Optimizer,
    options: { readonly totalSteps: number; readonly power?: number },
  ) {
    super(optimizer);
    this.#totalSteps = requireCount('PolynomialLR', 'totalSteps', options.totalSteps);
    this.#power = options.power ?? 1;
    this.apply();
  }

  override rate(step: number, base: number): number {
    return base * (1 - Math.min(step, this.#totalSteps) / this.#totalSteps) ** this.#power;
  }
}

/** Raises the rate from `startFactor` (default 1/3) times itself to itself over `totalSteps` (default 5). */
export class LinearLR extends LRScheduler {
  readonly #start: number;
  readonly #end: number;
  readonly #totalSteps: number;

  constructor(
    optimizer: Optimizer,
    options: {
      readonly startFactor?: number;
      readonly endFactor?: number;
      readonly totalSteps?: number;
    } = {},
  ) {
    super(optimizer);
    this.#start = options.startFactor ?? 1 / 3;
    this.#end = options.endFactor ?? 1;
    this.#totalSteps = requireCount('LinearLR', 'totalSteps', options.totalSteps ?? 5);
    this.apply();
  }

  override rate(step: number, base: number): number {
    const share = Math.min(step, this.#totalSteps) / this.#totalSteps;
    return base * (this.#start + (this.#end - this.#start) * share);
  }
}

/**
 * Lowers the rate to `minLearningRate` (default 0) along half a cosine of `totalSteps`, and back up beyond.
 * Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts.
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly #totalSteps: number;
  readonly #least: number;

  constructor(
    optimizer: Optimizer,
    options: { readonly totalSteps: number; readonly minLearningRate?: number },
  ) {
    super(optimizer);
    this.#totalSteps = requireCount('CosineAnnealingLR', 'totalSteps', options.totalSteps);
    this.#least = options.minLearningRate ?? 0;
    this.apply();
  }

  override rate(step: number, base: number): number {
    return cosine(base, this.#least, step / this.#totalSteps);
  }
}

/** Cosine annealing that starts anew after `firstSteps`, then after `multiplier` times as many each time. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #firstSteps: number;
  readonly #multiplier: number;
  readonly #least: number;

  constructor(
    optimizer: Optimizer,
    options: {
      readonly firstSteps: number;
      readonly multiplier?: number;
      readonly minLearningRate?: number;
    },
  ) {
    super(optimizer);
    const name = 'CosineAnnealingWarmRestarts';
    this.#firstSteps = requireCount(name, 'firstSteps', options.firstSteps);
    this.#multiplier = requireCount(name, 'multiplier', options.multiplier ?? 1);
    this.#least = options.minLearningRate ?? 0;
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
 * Raises the rate along a cosine and lowers it along another, step by step; momentum is left alone. Smith
 * and Topin, "Super-Convergence", 2018.
 */
export class OneCycleLR extends LRScheduler {
  readonly #options: Required<OneCycleOptions>;

  /** @throws ArgumentError for options out of range. */
  constructor(optimizer: Optimizer, options: OneCycleOptions) {
    super(optimizer);
    this.#options = { rise: 0.3, startDivisor: 25, endDivisor: 1e4, ...options };
    requireCount('OneCycleLR', 'totalSteps', this.#options.totalSteps);
    const { rise } = this.#options;
    if (!(rise >= 0 && rise <= 1)) {
      throw new ArgumentError(`OneCycleLR: expected rise from 0 to 1, got ${rise}`);
    }
    this.apply();
  }

  /** Past the last step the rate stays at its end. */
  override rate(step: number): number {
    const { maxLearningRate, totalSteps, rise, startDivisor, endDivisor } = this.#options;
    const start = maxLearningRate / startDivisor;
    const peak = rise * totalSteps - 1;
    const last = totalSteps - 1;
    if (step <= peak) return cosine(start, maxLearningRate, peak === 0 ? 1 : step / peak);
    const share = Math.min(1, (step - peak) / (last - peak));
    return cosine(maxLearningRate, start / endDivisor, share);
  }
}

/** One schedule after another: the next takes over at each milestone and counts from there. */
export class SequentialLR extends LRScheduler {
  readonly #schedules: readonly LRScheduler[];
  readonly #milestones: readonly number[];

  /** @throws ArgumentError unless there is one milestone fewer than schedules. */
  constructor(
    optimizer: Optimizer,
    schedules: readonly LRScheduler[],
    milestones: readonly number[],
  ) {
    super(optimizer);
    if (milestones.length !== schedules.length - 1) {
      throw new ArgumentError(
        `SequentialLR: expected ${schedules.length - 1} milestones for ${schedules.length} schedules, ` +
          `got ${milestones.length}`,
      );
    }
    this.#schedules = schedules;
    this.#milestones = milestones;
    this.apply();
  }

  override rate(step: number, base: number): number {
    const turn = this.#milestones.filter((milestone) => milestone <= step).length;
    const since = turn === 0 ? 0 : this.#milestones[turn - 1]!;
    return this.#schedules[turn]!.rate(step - since, base);
  }
}

/** Several schedules at once: each acts on the rate that the one before gives. */
export class ChainedScheduler extends LRScheduler {
  readonly #schedules: readonly LRScheduler[];

  constructor(optimizer: Optimizer, schedules: readonly LRScheduler[]) {
    super(optimizer);
    this.#schedules = schedules;
    this.apply();
  }

  override rate(step: number, base: number): number {
    return this.#schedules.reduce((rate, schedule) => schedule.rate(step, rate), base);
  }
}
