import {
  ArgumentError,
  optionNames,
  refuseUnknownOptions,
  formatValue,
} from '@convnet/tensor-core';

import type { Callback, EpochReport, StepReport } from '../fit/reports.ts';
import { requireCount } from '../require.ts';
import { scalarsRecord, versionRecord } from './event-record.ts';

/** Options of `tensorBoard` and `tensorBoardFolder`. */
export interface TensorBoardOptions {
  /** Steps between two points of the curves of steps; Infinity: none. Default 20. */
  readonly everySteps?: number;
}

const tensorBoardOptions = optionNames<TensorBoardOptions>({ everySteps: true });

/**
 * Draws the curves of a run in TensorBoard: `train/loss`, `train/learning_rate` and `train/samples_per_second` of steps,
 * `epoch/train_loss`, `test/loss`, `test/accuracy` and the metrics of epochs, all over the steps done. In Node,
 * `tensorBoardFolder` of '@convnet/train/node' writes the files.
 *
 * @param write takes the bytes of an event file, piece by piece; a promise is awaited
 * @throws ArgumentError.
 */
export function tensorBoard(
  write: (bytes: Uint8Array) => unknown,
  options: TensorBoardOptions = {},
): Callback {
  if (typeof write !== 'function') {
    throw new ArgumentError(
      `tensorBoard: expected a function that takes bytes, got ${formatValue(write)}`,
    );
  }
  refuseUnknownOptions('tensorBoard', options, tensorBoardOptions);
  const { everySteps = 20 } = options;
  requireCount('tensorBoard', 'everySteps', everySteps, 1, true);
  const now = (): number => Date.now() / 1000;
  const point = (values: Readonly<Record<string, number>>, step: number): unknown =>
    write(scalarsRecord(values, step, now()));
  return {
    onStart: () => write(versionRecord(now())),
    onStep: (report) =>
      report.totalSteps % everySteps === 0
        ? point(pointsOfStep(report), report.totalSteps)
        : undefined,
    onEpoch: (report) => point(pointsOfEpoch(report), report.totalSteps),
  };
}

function pointsOfStep(report: StepReport): Record<string, number> {
  const rates = report.learningRates.map((rate, i): [string, number] => [
    i === 0 ? 'train/learning_rate' : `train/learning_rate_${i}`,
    rate,
  ]);
  return {
    // Before the first look there is none.
    ...(Number.isNaN(report.loss) ? {} : { 'train/loss': report.loss }),
    ...prefixed('train', report.values),
    ...Object.fromEntries(rates),
    'train/samples_per_second': report.samplesPerSecond,
  };
}

function pointsOfEpoch({ epoch, loss, values, test }: EpochReport): Record<string, number> {
  return {
    epoch,
    'epoch/train_loss': loss,
    ...prefixed('epoch', values),
    ...(test !== null && { 'test/loss': test.loss, ...prefixed('test', test.metrics) }),
    ...(test !== null && !Number.isNaN(test.accuracy) && { 'test/accuracy': test.accuracy }),
  };
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, number>>,
): Record<string, number> {
  const entries = Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]);
  return Object.fromEntries(entries) as Record<string, number>;
}
