import type { Bar } from '../progress/progress.ts';
import { clock } from '../report/format.ts';

/** One part of a run, with the share of the work that it is expected to be. */
export interface Part {
  readonly label: string;
  /** Any unit, the same for all parts. */
  readonly work: number;
}

/** How far a run of several parts is and how long it will take, from the parts' expected work. */
export class RunClock {
  readonly #parts: readonly Part[];
  readonly #total: number;
  readonly #start: number = performance.now();
  #done = 0;
  #index = 0;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#total = parts.reduce((sum, { work }) => sum + work, 0);
  }

  /** The part at work is finished. */
  next(): void {
    this.#done += this.#parts[this.#index]?.work ?? 0;
    this.#index++;
  }

  /** The bar of the whole run while the part at work is at `share`. */
  bar(share: number): Bar {
    const work = this.#done + share * (this.#parts[this.#index]?.work ?? 0);
    const whole = this.#total === 0 ? 1 : work / this.#total;
    const elapsed = (performance.now() - this.#start) / 1000;
    const left = whole > 0.01 ? `${clock((elapsed / whole) * (1 - whole))} left` : '';
    const position = `${Math.min(this.#index + 1, this.#parts.length)} of ${this.#parts.length}`;
    return { label: 'all', share: whole, detail: `${position}  ${left}`.trimEnd() };
  }
}
