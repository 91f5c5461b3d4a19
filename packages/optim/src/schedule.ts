import {
  ArgumentError,
  everyRun,
  StateReader,
  type StateDict,
  type Stateful,
  type StateValue,
  formatValue,
} from '@convnet/tensor-core';

import type { Optimizer } from './optimizer.ts';
import type { Snapshot } from './snapshot.ts';

/** What every schedule can be told to do. */
export interface Schedule {
  /** Moves on by one step and sets the learning rates. */
  step(): void;
}

/**
 * Sets the learning rate of every group of an optimiser, at once for step 0 and then at each `step`. Call
 * `step` after the optimiser's `step`, or once an epoch: the unit is the caller's. The schedules are
 * torch.optim.lr_scheduler's, under their names.
 *
 * Several schedules may act on one optimiser. All count from the group's `initialLearningRate`, the rate that
 * the user gave it. Those that scale the rate, such as `ExponentialLR`, change the present one, whoever set it;
 * those that set it, such as `OneCycleLR`, pass over what was there: as in PyTorch.
 */
export abstract class LRScheduler implements Schedule, Stateful {
  readonly optimizer: Optimizer;
  /** The rate that each group starts from. */
  protected base: readonly number[];
  #steps = 0;

  /** @param initial Rate that the groups start from, in place of the one that they have. */
  constructor(optimizer: Optimizer, initial?: number) {
    requireOptimizer(new.target.name, optimizer);
    this.optimizer = optimizer;
    this.base = optimizer.groups.map(
      ({ options, initialLearningRate }) => initial ?? initialLearningRate ?? options.learningRate,
    );
  }

  /** Name of the schedule, which its state has with it. Classes that bundlers may rename state it. */
  get typeName(): string {
    return this.constructor.name;
  }

  /** @internal The learning rate after `step` steps of a group that started at `base` and that nothing else changes. */
  abstract rate(step: number, base: number): number;

  /**
   * @internal The rate that step `step` makes of the present one of a group, which started at `base`; step 0 is
   * the start. A schedule keeps nothing but its count of steps, so that others can be composed of it.
   */
  next(step: number, _present: number, group: number, base: number = this.base[group]!): number {
    return this.rate(step, base);
  }

  /** @internal The rate of a group at step 0 where another schedule came before, whatever that has left. */
  start(group: number, base: number = this.base[group]!): number {
    return this.next(0, base, group, base);
  }

  /**
   * Steps so far. Set it to continue a run where it stopped: the rates become those that so many steps lead to
   * where nothing else changes them.
   * @throws ArgumentError where it is set to no integer from 0 to 2^31 - 1.
   */
  get steps(): number {
    return this.#steps;
  }

  set steps(value: number) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 31) {
      throw new ArgumentError(
        `${this.constructor.name}: expected steps as an integer from 0 to 2^31 - 1, got ${formatValue(value)}`,
      );
    }
    this.#set(value, (_, group) => {
      let rate = this.next(0, this.base[group]!, group);
      for (let step = 1; step <= value; step++) rate = this.next(step, rate, group);
      return rate;
    });
  }

  /** The present learning rate of each group. */
  get learningRates(): number[] {
    return this.optimizer.groups.map((group) => group.options.learningRate);
  }

  /** @throws ArgumentError where a rate is not finite; nothing has changed then. */
  step(): void {
    let before: readonly number[] = [];
    everyRun(
      () => {
        before = this.learningRates;
        const step = this.#steps + 1;
        this.#set(step, (present, group) => this.next(step, present, group));
      },
      () => this.#set(this.#steps - 1, (_, group) => before[group]!),
    );
  }

  /** Sets the rates of step 0; constructors of subclasses end with it. @throws ArgumentError as `step`. */
  protected apply(): void {
    this.#set(0, (present, group) => this.next(0, present, group));
    this.optimizer.groups.forEach((group, i) => {
      group.initialLearningRate = this.base[i]!;
    });
  }

  #set(step: number, rate: (present: number, group: number) => number): void {
    const rates = this.learningRates.map(rate);
    const bad = rates.find((value) => !Number.isFinite(value));
    if (bad !== undefined) {
      throw new ArgumentError(
        `${this.constructor.name}: expected options that give a finite learning rate, got ` +
          `${bad} at step ${step}`,
      );
    }
    setLearningRates(this.optimizer, rates);
    this.#steps = step;
  }

  /** `type`, the `steps` so far, and of each group the rate it started from (`base`) and has now (`learningRates`). */
  stateDict(): Map<string, StateValue> {
    return new Map<string, StateValue>([
      ['type', this.typeName],
      ['steps', this.#steps],
      ['base', this.base],
      ['learningRates', this.learningRates],
    ]);
  }

  /**
   * Goes on where the schedule of the state went on; the groups' rates become those of then. The options, such as
   * `totalSteps`, stay those that the constructor was given.
   * @throws StateError for the state of another schedule or of other groups.
   */
  loadStateDict(state: StateDict): void {
    const reader = new StateReader(this.typeName, state);
    reader.requireType(this.typeName);
    reader.requireKeys(['type', 'steps', 'base', 'learningRates']);
    const count = this.optimizer.groups.length;
    const steps = reader.count('steps');
    const base = reader.numbers('base', count);
    const rates = reader.numbers('learningRates', count);
    this.base = base;
    this.#steps = steps;
    setLearningRates(this.optimizer, rates);
  }

  /** Holds the number of steps, to go back to. The rates are the optimiser's, and in its snapshot. */
  snapshot(): Snapshot {
    let steps = this.#steps;
    return {
      update: () => {
        steps = this.#steps;
      },
      restore: () => {
        this.#steps = steps;
      },
      dispose: () => undefined,
    };
  }
}

/** Gives each group of an optimiser its rate. */
export function setLearningRates(optimizer: Optimizer, rates: readonly number[]): void {
  optimizer.groups.forEach((group, i) => {
    group.options = { ...group.options, learningRate: rates[i]! };
  });
}

/** @throws ArgumentError where it is none. */
export function requireOptimizer(schedule: string, optimizer: unknown): void {
  const groups: unknown = (optimizer as { readonly groups?: unknown } | undefined | null)?.groups;
  if (Array.isArray(groups)) return;
  throw new ArgumentError(`${schedule}: expected an optimiser, got ${formatValue(optimizer)}`);
}
