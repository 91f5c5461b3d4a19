import { ArgumentError, checkOptions, optionKinds, formatValue } from '@convnet/tensor-core';

import type { Callback, EndReport, EpochReport, StartReport, StepReport } from '../fit/reports.ts';
import { aboveZero } from '../require.ts';
import { counted, formatNumber, formatRate, formatSeconds, grouped } from './format.ts';

/** Where progress is written to: `process.stderr`, or whatever has a `write`. */
export interface ProgressSink {
  /** Shows a text. */
  write(text: string): unknown;
  /** Whether a line can be written over, as in a terminal. */
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters. Default 80. */
  readonly columns?: number | undefined;
}

/** Options of `progress`. */
export interface ProgressOptions {
  /** Seconds between two lines within an epoch where no line can be written over. Default 30. */
  readonly everySeconds?: number;
}

const progressOptions = optionKinds<ProgressOptions>({ everySeconds: aboveZero });

/** Milliseconds between two drawings of the bar: as often as eyes can follow. */
const drawEvery = 100;

/**
 * Tells people how a run goes: loss, metrics, samples per second, time left. In a terminal a bar moves, and each epoch leaves
 * a line; elsewhere, such as in the log of a server, there are plain lines only.
 *
 *     await fit(model, { …, callbacks: [progress(process.stderr)] });
 *
 * @throws ArgumentError.
 */
export function progress(sink: ProgressSink, options: ProgressOptions = {}): Callback {
  if (typeof (sink as Partial<ProgressSink> | null)?.write !== 'function') {
    throw new ArgumentError(
      `progress: expected a place to write to, such as process.stderr, got ${formatValue(sink)}`,
    );
  }
  checkOptions('progress', options, progressOptions);
  const { everySeconds = 30 } = options;
  return new Progress(sink, everySeconds);
}

class Progress implements Callback {
  readonly #sink: ProgressSink;
  readonly #everySeconds: number;
  #epochs = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #hasBar = false;

  constructor(sink: ProgressSink, everySeconds: number) {
    this.#sink = sink;
    this.#everySeconds = everySeconds;
  }

  onStart({
    epochs,
    steps,
    parameters,
    checkpoint,
    totalSteps,
    skippedCheckpoints,
  }: StartReport): void {
    this.#epochs = epochs;
    this.#toldAt = performance.now();
    for (const { name } of skippedCheckpoints) {
      this.#line(`the checkpoint ${name} cannot be read; the one before it is used`);
    }
    this.#line(
      `${grouped(parameters)} parameters, ${counted(epochs, 'epoch')}${Number.isFinite(steps) ? ` of ${counted(steps, 'step')}` : ''}` +
        (checkpoint === null
          ? ''
          : `; goes on from ${checkpoint} after ${counted(totalSteps, 'step')}`),
    );
  }

  onStep(report: StepReport): void {
    const now = performance.now();
    if (this.#sink.isTTY === true) {
      if (now - this.#toldAt < drawEvery && report.step < report.steps) return;
      this.#toldAt = now;
      this.#draw(report);
      return;
    }
    if (now - this.#toldAt < this.#everySeconds * 1000 || report.step === report.steps) return;
    this.#toldAt = now;
    this.#line(
      [
        `epoch ${report.epoch}/${report.epochs}`,
        `step ${stepsOf(report)}`,
        ...figuresOf(report),
      ].join('  '),
    );
  }

  #draw(report: StepReport): void {
    // A terminal that does not know its width says 0.
    const { columns: told = 0 } = this.#sink;
    const columns = told > 0 ? told : 80;
    const head = `epoch ${report.epoch}/${report.epochs} `;
    const counts = ` ${stepsOf(report)}`;
    const tail = figuresOf(report).map((figure) => `  ${figure}`);
    // Where there is no room for all, what comes last goes first; a line that wraps could not be written over.
    while (tail.length > 0 && (head + counts + tail.join('')).length + 10 >= columns) tail.pop();
    const text = counts + tail.join('');
    const room = Math.max(0, Math.min(24, columns - 1 - head.length - text.length));
    const width = Number.isFinite(report.steps) ? room : 0;
    const filled = Math.round((width * report.step) / report.steps) || 0;
    const bar = '━'.repeat(filled) + '─'.repeat(width - filled);
    this.#sink.write(`\r\u001B[2K${(head + bar + text).slice(0, Math.max(0, columns - 1))}`);
    this.#hasBar = true;
  }

  onEpoch(report: EpochReport): void {
    const { test, trainTest, monitor } = report;
    const figures = [
      `epoch ${report.epoch}/${this.#epochs}`,
      `loss ${formatNumber(report.loss)}`,
      ...named(report.values),
      ...(trainTest === null || Number.isNaN(trainTest.accuracy)
        ? []
        : [`training accuracy ${(100 * trainTest.accuracy).toFixed(2)} %`]),
      ...(test === null ? [] : [`test loss ${formatNumber(test.loss)}`]),
      ...(test === null || Number.isNaN(test.accuracy)
        ? []
        : [`accuracy ${(100 * test.accuracy).toFixed(2)} %`]),
      ...named({ ...test?.metrics }).filter((figure) => !figure.startsWith('accuracy ')),
      `${formatRate(report.samplesPerSecond)} samples/s`,
      formatSeconds(report.seconds + (test?.seconds ?? 0) + (trainTest?.seconds ?? 0)),
      ...(monitor?.isBest === true ? ['best'] : []),
    ];
    this.#line(figures.join('  '));
  }

  onEnd({ stopped, error, best, seconds, totalSteps }: EndReport): void {
    if (stopped === null && isAbort(error)) {
      this.#line(`stopped after ${counted(totalSteps, 'step')}, as it was interrupted`);
      return;
    }
    if (stopped === null) {
      this.#line(
        `stopped after ${counted(totalSteps, 'step')} by an error: ${error instanceof Error ? error.message : String(error)}`,
      );
      return;
    }
    const why = {
      epochs: 'done',
      patience: 'stopped, as there was no improvement any more',
      seconds: 'stopped, as the time was spent',
      samples: 'stopped, as the samples were spent',
    }[stopped];
    const of =
      best === null ? '' : `; best ${best.name} ${formatNumber(best.value)} in epoch ${best.epoch}`;
    this.#line(`${why} after ${counted(totalSteps, 'step')} in ${formatSeconds(seconds)}${of}`);
  }

  #line(text: string): void {
    this.#sink.write(`${this.#hasBar ? '\r\u001B[2K' : ''}${text}\n`);
    this.#hasBar = false;
  }
}

/** `12/938`; `12` where the end is not known. */
function stepsOf({ step, steps }: StepReport): string {
  return Number.isFinite(steps) ? `${step}/${steps}` : String(step);
}

function figuresOf(report: StepReport): string[] {
  return [
    ...(Number.isNaN(report.loss) ? [] : [`loss ${formatNumber(report.loss)}`]),
    `${formatRate(report.samplesPerSecond)} samples/s`,
    ...(Number.isFinite(report.secondsLeft) ? [`${formatSeconds(report.secondsLeft)} left`] : []),
    ...named(report.values),
  ];
}

function named(values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name} ${formatNumber(value)}`);
}

/** Whether a run ended by its signal. */
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
