import type { EpochReport, StepReport } from '@convnet/train';

import type { Bar, Progress } from '../progress/progress.ts';
import { count } from '../report/format.ts';
import { RunClock } from './run-clock.ts';

/** Milliseconds between two lines about epochs where there are no bars. */
const milestoneInterval = 5000;

/** Shows several trainings that go on at a time: a bar for each, and one for the run. */
export class RunBoard {
  readonly #progress: Progress;
  readonly #clock: RunClock;
  readonly #bars = new Map<number, Bar>();
  #lastMilestone: number = Number.NEGATIVE_INFINITY;

  /** `work`: the seconds that each training is expected to take. */
  constructor(progress: Progress, work: readonly number[]) {
    this.#progress = progress;
    this.#clock = new RunClock(work);
  }

  /** Training `index` begins. */
  begin(index: number, label: string): void {
    this.#bars.set(index, { label, share: 0, detail: '' });
    this.#show();
  }

  step(index: number, label: string, report: StepReport): void {
    const { epoch, epochs, step, steps, loss } = report;
    const share = (epoch - 1 + step / steps) / epochs;
    const figures = [
      `epoch ${epoch}/${epochs}`,
      Number.isNaN(loss) ? '' : `loss ${loss.toFixed(3)}`,
    ];
    this.#bars.set(index, { label, share, detail: figures.filter(Boolean).join('  ') });
    this.#clock.advance(index, share);
    this.#show();
  }

  epoch(label: string, epochs: number, { epoch, loss, samplesPerSecond }: EpochReport): void {
    const now = performance.now();
    if (now - this.#lastMilestone < milestoneInterval) return;
    this.#lastMilestone = now;
    this.#progress.milestone(
      `${label}: epoch ${epoch}/${epochs}, loss ${loss.toFixed(4)}, ${count(samplesPerSecond)} samples/s`,
    );
  }

  /** Training `index` has ended; `line` stays. */
  end(index: number, line: string): void {
    this.#bars.delete(index);
    this.#clock.advance(index, 1);
    this.#progress.note(line);
    this.#show();
  }

  #show(): void {
    this.#progress.show([...this.#bars.values(), this.#clock.bar()]);
  }
}
