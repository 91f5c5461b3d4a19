import { ArgumentError, formatValue, requireKind } from '@convnet/tensor-core';

import type { Optimizer } from './optimizer.ts';
import { someMilestones } from './scaling-schedules.ts';
import { LRScheduler } from './schedule.ts';

/**
 * One schedule after another: the next takes over at each milestone and starts there, from the initial rate. It
 * steps its schedules itself; their own `steps` stay at 0.
 *
 *     const warm = new LinearLR(optimizer, { startFactor: 0.1, totalSteps: 5 });
 *     const cool = new CosineAnnealingLR(optimizer, { totalSteps: 95 });
 *     const schedule = new SequentialLR(optimizer, [warm, cool], [5]);
 */
export class SequentialLR extends LRScheduler {
  readonly #schedules: readonly LRScheduler[];
  readonly #milestones: readonly number[];

  override get typeName(): string {
    return 'SequentialLR';
  }

  /**
   * @throws ArgumentError unless all schedules are this optimiser's, with one milestone fewer than schedules, in
   * ascending order.
   */
  constructor(
    optimizer: Optimizer,
    schedules: readonly LRScheduler[],
    milestones: readonly number[],
  ) {
    super(optimizer);
    this.#schedules = requireSchedules('SequentialLR', optimizer, schedules);
    requireKind('SequentialLR', 'milestones', milestones, someMilestones);
    this.#milestones = [...milestones];
    if (milestones.length !== schedules.length - 1) {
      throw new ArgumentError(
        `SequentialLR: expected ${schedules.length - 1} milestones for ${schedules.length} schedules, ` +
          `got ${milestones.length}`,
      );
    }
    if (milestones.some((milestone, i) => i > 0 && milestone < milestones[i - 1]!)) {
      throw new ArgumentError(
        `SequentialLR: expected milestones in ascending order, got ${formatValue(milestones)}`,
      );
    }
    this.apply();
  }

  override rate(step: number, base: number): number {
    const { turn, since } = this.#turnAt(step);
    return this.#schedules[turn]!.rate(step - since, base);
  }

  /** @internal */
  override next(step: number, present: number, group: number, base?: number): number {
    const { turn, since } = this.#turnAt(step);
    const schedule = this.#schedules[turn]!;
    if (step > since) return schedule.next(step - since, present, group, base);
    // Only the first takes over the rate that the groups have at its start: the initial one.
    if (turn > 0) return schedule.start(group, base);
    return schedule.next(0, base ?? this.base[group]!, group, base);
  }

  /** @internal */
  override start(group: number, base?: number): number {
    return this.#schedules[0]!.start(group, base);
  }

  /** Whose turn it is at `step`, and since which step. */
  #turnAt(step: number): { readonly turn: number; readonly since: number } {
    const turn = this.#milestones.filter((milestone) => milestone <= step).length;
    return { turn, since: turn === 0 ? 0 : this.#milestones[turn - 1]! };
  }
}

/**
 * Several schedules at once: in each step each acts on the rate that the one before leaves. It steps its
 * schedules itself; their own `steps` stay at 0.
 */
export class ChainedScheduler extends LRScheduler {
  readonly #schedules: readonly LRScheduler[];

  override get typeName(): string {
    return 'ChainedScheduler';
  }

  /** @throws ArgumentError unless all schedules are this optimiser's. */
  constructor(optimizer: Optimizer, schedules: readonly LRScheduler[]) {
    super(optimizer);
    // The rates of step 0 are those that making the schedules, one after another, has left.
    this.#schedules = requireSchedules('ChainedScheduler', optimizer, schedules);
  }

  override rate(step: number, base: number): number {
    let rate = this.start(0, base);
    for (let k = 1; k <= step; k++) rate = this.next(k, rate, 0, base);
    return rate;
  }

  /** @internal */
  override next(step: number, present: number, group: number, base?: number): number {
    return this.#schedules.reduce(
      (rate, schedule) => schedule.next(step, rate, group, base),
      present,
    );
  }
}

/** A copy of the list. @throws ArgumentError where it is empty or one of them is not of this optimiser. */
function requireSchedules(
  composed: string,
  optimizer: Optimizer,
  schedules: readonly LRScheduler[],
): readonly LRScheduler[] {
  if (!Array.isArray(schedules) || schedules.length === 0) {
    throw new ArgumentError(
      `${composed}: expected at least one schedule, got ${formatValue(schedules)}`,
    );
  }
  schedules.forEach((schedule: unknown, i) => {
    if (!(schedule instanceof LRScheduler)) {
      throw new ArgumentError(
        `${composed}: expected an LRScheduler as schedule ${i}, got ${formatValue(schedule)}`,
      );
    }
    if (schedule.optimizer !== optimizer) {
      throw new ArgumentError(
        `${composed}: expected schedules of the optimiser that it was given, got schedule ${i}, ` +
          `${formatValue(schedule)}, of another`,
      );
    }
  });
  return [...schedules];
}
