import {
  aCount,
  aFiniteNumber,
  anyNumber,
  checkOptions,
  integerFrom,
  listOf,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import { fromZero } from './check.ts';
import type { Optimizer } from './optimizer.ts';
import { LRScheduler } from './schedule.ts';

/** Numbers of steps. */
export const someMilestones: Kind = listOf(integerFrom(0));

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
    checkOptions('StepLR', options, { stepSize: aCount, gamma: anyNumber }, ['stepSize']);
    this.#stepSize = options.stepSize;
    this.#gamma = options.gamma ?? 0.1;
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
    const kinds = { milestones: someMilestones, gamma: anyNumber };
    checkOptions('MultiStepLR', options, kinds, ['milestones']);
    this.#milestones = [...options.milestones];
    this.#gamma = options.gamma ?? 0.1;
    this.apply();
  }

  protected override share(step: number): number {
    return this.#gamma ** this.#milestones.filter((milestone) => milestone <= step).length;
  }
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
    checkOptions('ExponentialLR', options, { gamma: anyNumber }, ['gamma']);
    this.#gamma = options.gamma;
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
    checkOptions('PolynomialLR', options, { totalSteps: aCount, power: fromZero }, ['totalSteps']);
    this.#totalSteps = options.totalSteps;
    this.#power = options.power ?? 1;
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

const linearKinds = optionKinds<LinearLROptions>({
  startFactor: aFiniteNumber,
  endFactor: aFiniteNumber,
  totalSteps: aCount,
});

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
    checkOptions('LinearLR', options, linearKinds);
    const { startFactor = 1 / 3, endFactor = 1, totalSteps = 5 } = options;
    this.#start = startFactor;
    this.#end = endFactor;
    this.#totalSteps = totalSteps;
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
    const kinds = { totalSteps: aCount, minLearningRate: aFiniteNumber };
    checkOptions('CosineAnnealingLR', options, kinds, ['totalSteps']);
    this.#totalSteps = options.totalSteps;
    this.least = options.minLearningRate ?? 0;
    this.apply();
  }

  protected override share(step: number): number {
    return (1 + Math.cos((Math.PI * step) / this.#totalSteps)) / 2;
  }
}
