import type { Bar } from '../progress/progress.ts';
import { clock } from '../report/format.ts';

/** How far a run of several parts is, some of them at a time, and how long it will take. */
export class RunClock {
  readonly #work: readonly number[];
  readonly #total: number;
  readonly #shares: number[];
  readonly #start: number = performance.now();

  /** `work`: what each part is expected to be, in any unit. */
  constructor(work: readonly number[]) {
    this.#work = work;
    this.#total = work.reduce((sum, part) => sum + part, 0);
    this.#shares = work.map(() => 0);
  }

  /** Part `index` is done to `share`, 0 to 1. */
  advance(index: number, share: number): void {
    this.#shares[index] = share;
  }

  /** The bar of the whole run. */
  bar(): Bar {
    const done = this.#work.reduce((sum, part, i) => sum + part * this.#shares[i]!, 0);
    const whole = this.#total === 0 ? 1 : done / this.#total;
    const elapsed = (performance.now() - this.#start) / 1000;
    const left = whole > 0.01 ? `${clock((elapsed / whole) * (1 - whole))} left` : '';
    const finished = this.#shares.filter((share) => share === 1).length;
    const position = `${finished} of ${this.#work.length}`;
    return { label: 'all', share: whole, detail: `${position}  ${left}`.trimEnd() };
  }
}
