import type { Timing } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';

/** Times between the ends of steps, the making of the batch included. */
export class StepTimes {
  readonly #start = performance.now();
  readonly #milliseconds: number[] = [];
  #last = this.#start;

  /** Notes the end of a step; `step` counts from 1 in each epoch. */
  add(step: number): void {
    const now = performance.now();
    // The first step of an epoch comes after other work, such as drawing an order.
    if (step > 1) this.#milliseconds.push(now - this.#last);
    this.#last = now;
  }

  /** Where an epoch has one step only, the time since the beginning stands for it. */
  timing(): Timing {
    return timingOf(
      this.#milliseconds.length > 0 ? this.#milliseconds : [this.#last - this.#start],
    );
  }
}
