import { ArgumentError, formatValue } from '@convnet/tensor-core';

import { optionsOf, requireCount, requireNumber, requireRange } from './check.ts';
import type { Optimizer } from './optimizer.ts';
import { LRScheduler } from './schedule.ts';

/**
 * A schedule that scales the distance of the rate from a least one. It takes the rate as it finds it, so that
 * others, and the user, may change it in between.
 */
abstract class ScalingSchedule extends LRScheduler {
  protected readonly least: number = 0;

  /** Share of the first distance from the least rate that is left at `step`. */
  protected abstract share(step: number): number;

  override rate(step: number, base: number): number {
    return this.least + (base - this.least) * this.share(step);
  }

  /** @internal */
  override next(
    step: number,
    present: number,
    group: number,
    base: number = this.base[group]!,
  ): number {
    const before = step === 0 ? 1 : this.share(step - 1);
    const now = this.share(step);
    if (now === before) return present;
    // From a share of nothing there is nothing to scale: what is to come is added, as in PyTorch.
    if (before === 0) return present + (base - this.least) * now;
    return this.least + (present - this.least) * (now / before);
  }
}

/** Multiplies the rate by `gamma` (default 0.1) every `stepSize` steps. */
export class StepLR extends ScalingSchedule {
  readonly #stepSize: number;
  readonly #gamma: number;

  override get typeName(): string {
    return 'StepLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(
    optimizer: Optimizer,
    options: { readonly stepSize: number; readonly gamma?: number },
  ) {
    super(optimizer);
    const { stepSize, gamma = 0.1 } = optionsOf('StepLR', options, ['stepSize', 'gamma']);
    this.#stepSize = requireCount('StepLR', 'stepSize', stepSize);
    this.#gamma = requireGamma('StepLR', gamma);
    this.apply();
  }

  protected override share(step: number): number {
    return this.#gamma ** Math.floor(step / this.#stepSize);
  }
}

/** Multiplies the rate by `gamma` (default 0.1) at each milestone. */
export class MultiStepLR extends ScalingSchedule {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  override get typeName(): string {
    return 'MultiStepLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(
    optimizer: Optimizer,
    options: { readonly milestones: readonly number[]; readonly gamma?: number },
  ) {
    super(optimizer);
    const name = 'MultiStepLR';
    const { milestones, gamma = 0.1 } = optionsOf(name, options, ['milestones', 'gamma']);
    this.#milestones = requireMilestones(name, milestones);
    this.#gamma = requireGamma(name, gamma);
    this.apply();
  }

  protected override share(step: number): number {
    return this.#gamma ** this.#milestones.filter((milestone) => milestone <= step).length;
  }
}

/** A copy of milestones. @throws ArgumentError where they are no integers ≥ 0. */
export function requireMilestones(schedule: string, milestones: readonly number[]): number[] {
  if (!Array.isArray(milestones)) {
    throw new ArgumentError(
      `${schedule}: expected milestones as an array, got ${formatValue(milestones)}`,
    );
  }
  return milestones.map((milestone: number, i) =>
    requireCount(schedule, `milestones[${i}]`, milestone, 0),
  );
}

/** Whether it is finite shows in the rates. @throws ArgumentError where `gamma` is no number. */
function requireGamma(schedule: string, gamma: number): number {
  if (typeof gamma === 'number') return gamma;
  throw new ArgumentError(`${schedule}: expected gamma as a number, got ${formatValue(gamma)}`);
}

/** Multiplies the rate by `gamma` every step. */
export class ExponentialLR extends ScalingSchedule {
  readonly #gamma: number;

  override get typeName(): string {
    return 'ExponentialLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(optimizer: Optimizer, options: { readonly gamma: number }) {
    super(optimizer);
    this.#gamma = requireGamma(
      'ExponentialLR',
      optionsOf('ExponentialLR', options, ['gamma']).gamma,
    );
    this.apply();
  }

  protected override share(step: number): number {
    return this.#gamma ** step;
  }
}

/** Lowers the rate to 0 over `totalSteps` along (1 - share)^power (default 1). */
export class PolynomialLR extends ScalingSchedule {
  readonly #totalSteps: number;
  readonly #power: number;

  override get typeName(): string {
    return 'PolynomialLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(
    optimizer: Optimizer,
    options: { readonly totalSteps: number; readonly power?: number },
  ) {
    super(optimizer);
    const name = 'PolynomialLR';
    const { totalSteps, power = 1 } = optionsOf(name, options, ['totalSteps', 'power']);
    this.#totalSteps = requireCount(name, 'totalSteps', totalSteps);
    this.#power = requireRange(name, 'power', power, 0);
    this.apply();
  }

  protected override share(step: number): number {
    return (1 - Math.min(step, this.#totalSteps) / this.#totalSteps) ** this.#power;
  }
}

/** Options of `LinearLR`. */
export interface LinearLROptions {
  /** Default 1/3. */
  readonly startFactor?: number;
  /** Default 1. */
  readonly endFactor?: number;
  /** Default 5. */
  readonly totalSteps?: number;
}

/** Takes the rate from `startFactor` (default 1/3) times itself to `endFactor` times over `totalSteps`. */
export class LinearLR extends ScalingSchedule {
  readonly #start: number;
  readonly #end: number;
  readonly #totalSteps: number;

  override get typeName(): string {
    return 'LinearLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(optimizer: Optimizer, options: LinearLROptions = {}) {
    super(optimizer);
    const name = 'LinearLR';
    const known = ['startFactor', 'endFactor', 'totalSteps'] as const;
    const { startFactor = 1 / 3, endFactor = 1, totalSteps = 5 } = optionsOf(name, options, known);
    this.#start = requireNumber(name, 'startFactor', startFactor);
    this.#end = requireNumber(name, 'endFactor', endFactor);
    this.#totalSteps = requireCount(name, 'totalSteps', totalSteps);
    this.apply();
  }

  protected override share(step: number): number {
    const progress = Math.min(step, this.#totalSteps) / this.#totalSteps;
    return this.#start + (this.#end - this.#start) * progress;
  }
}

/**
 * Lowers the rate to `minLearningRate` (default 0) along half a cosine of `totalSteps`, and back up beyond.
 * Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts.
 */
export class CosineAnnealingLR extends ScalingSchedule {
  protected override readonly least: number;
  readonly #totalSteps: number;

  override get typeName(): string {
    return 'CosineAnnealingLR';
  }

  /** @throws ArgumentError for options out of range. */
  constructor(
    optimizer: Optimizer,
    options: { readonly totalSteps: number; readonly minLearningRate?: number },
  ) {
    super(optimizer);
    const name = 'CosineAnnealingLR';
    const known = ['totalSteps', 'minLearningRate'] as const;
    const { totalSteps, minLearningRate = 0 } = optionsOf(name, options, known);
    this.#totalSteps = requireCount(name, 'totalSteps', totalSteps);
    this.least = requireNumber(name, 'minLearningRate', minLearningRate);
    this.apply();
  }

  protected override share(step: number): number {
    return (1 + Math.cos((Math.PI * step) / this.#totalSteps)) / 2;
  }
}
