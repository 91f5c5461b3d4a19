import { ArgumentError, checkOptions, optionKinds, formatValue } from '@convnet/tensor-core';

import type { Evaluation } from '../evaluate.ts';
import type { Callback, EpochReport, StepReport } from '../fit/reports.ts';
import { aCountOrInfinity } from '../require.ts';
import { scalarsRecord, versionRecord } from './event-record.ts';

/** Options of `tensorBoard` and `tensorBoardFolder`. */
export interface TensorBoardOptions {
  /** Steps between two points of the curves of steps; Infinity: none. Default 20. */
  readonly everySteps?: number;
}

const tensorBoardOptions = optionKinds<TensorBoardOptions>({ everySteps: aCountOrInfinity });

/**
 * Draws the curves of a run in TensorBoard: `train/loss`, `train/learning_rate` and `train/samples_per_second` of steps,
 * `epoch/train_loss`, `test/loss`, `test/accuracy` and the metrics of epochs (`train_test/…` of training samples), all over the steps done. In Node,
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
  checkOptions('tensorBoard', options, tensorBoardOptions);
  const { everySteps = 20 } = options;
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

function pointsOfEpoch({
  epoch,
  loss,
  values,
  test,
  trainTest,
}: EpochReport): Record<string, number> {
  return {
    epoch,
    'epoch/train_loss': loss,
    ...prefixed('epoch', values),
    ...evaluated('test', test),
    ...evaluated('train_test', trainTest),
  };
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, number>>,
): Record<string, number> {
  const entries = Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]);
  return Object.fromEntries(entries) as Record<string, number>;
}

function evaluated(name: string, found: Evaluation | null): Record<string, number> {
  if (found === null) return {};
  const { loss, accuracy, metrics } = found;
  return {
    [`${name}/loss`]: loss,
    ...prefixed(name, metrics),
    ...(!Number.isNaN(accuracy) && { [`${name}/accuracy`]: accuracy }),
  };
}
