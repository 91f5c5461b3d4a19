import type { EpochReport, StepReport } from '@convnet/train';

import type { ModelCosts } from '../compare/costs.ts';
import { RunClock } from '../compare/run-clock.ts';
import { trainModel } from '../compare/train-model.ts';
import { planWorkload, type PlannedSet } from '../compare/workload.ts';
import { models } from '../model-table.ts';
import type { Progress } from '../progress/progress.ts';
import { accuracyChart } from '../report/accuracy-chart.ts';
import * as columns from '../report/columns.ts';
import { nameOf, rowError } from '../report/failures.ts';
import { clock, count, percent } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** Trains every model on every set with equal budgets and compares what they reach. */
export const compare: Suite = {
  name: 'compare',
  summary: 'train the architectures on real data and compare accuracy, cost and speed',
  description:
    'Trains each architecture in one and two dimensions, all of them equally long on each data set, then ' +
    'tests it on the whole test set. Writes a table, JSON and a chart of accuracy against FLOPs. The quick ' +
    'profile takes about three minutes on two cores. The same seed gives the same networks.',
  options: ['models', 'datasets', 'epochs', 'limit'],
  columns: [
    columns.model,
    columns.dims,
    columns.dataset,
    columns.params,
    columns.macs,
    columns.accuracy,
    columns.secondsPerEpoch,
    columns.samplesPerSecond,
  ],
  chart: accuracyChart,
  async *run(context) {
    context.progress.note('Reading the data sets');
    const sets = await planWorkload(context.options);
    const jobs = sets.flatMap((set) => set.models.map((model) => ({ set, ...model })));
    const runClock = new RunClock(
      jobs.map(({ set, name, costs }) => ({
        label: name,
        work: 'params' in costs ? costs.secondsPerSample * set.epochs * set.train.length : 0,
      })),
    );
    for (const { source, bench } of sets) {
      context.attribute(source);
      if (bench.remark !== undefined) context.note(bench.remark);
    }
    for (const { set, name, costs } of jobs) {
      context.signal.throwIfAborted();
      const row = blankRow(context, set, name);
      if ('params' in costs) {
        yield await trainedRow(context, set, { ...row, ...pick(costs) }, runClock);
      } else {
        yield { ...row, error: costs };
      }
      runClock.next();
    }
  },
};

const pick = ({ params, macs }: ModelCosts): Pick<Row, 'params' | 'macs'> => ({ params, macs });

function blankRow(
  { device, threads }: SuiteContext,
  { bench, train }: PlannedSet,
  model: string,
): Row {
  return {
    suite: compare.name,
    model,
    dims: bench.dims,
    backend: device.name,
    threads,
    dataset: bench.name,
    inputShape: train.inputShape,
    params: null,
    macs: null,
    accuracy: null,
    ms: null,
  };
}

async function trainedRow(
  { device, options, signal, progress }: SuiteContext,
  { bench, train, test, epochs }: PlannedSet,
  row: Row,
  runClock: RunClock,
): Promise<Row> {
  const name = nameOf(row);
  const [inChannels, ...inputSize] = train.inputShape;
  const shape = {
    dims: bench.dims,
    inChannels: inChannels!,
    numClasses: train.classes.length,
    inputSize,
  };
  const speed = new Speed();
  progress.show([{ label: name, share: 0, detail: '' }, runClock.bar(0)]);
  try {
    const { accuracy, ms, figures } = await trainModel({
      build: (on) => models[row.model]!({ ...shape, device: on }),
      device,
      train,
      test,
      epochs,
      batchSize: bench.batchSize,
      maxLearningRate: bench.maxLearningRate,
      seed: options.seed,
      signal,
      onStep: (report) =>
        showStep(progress, name, report, speed.of(report) * bench.batchSize, runClock),
      onEpoch: (report) => progress.milestone(epochLine(name, report, epochs)),
    });
    progress.note(
      `${name}: ${percent(accuracy)} of ${count(test.length)} test ${bench.unit}, ` +
        `trained in ${clock(figures.seconds)}`,
    );
    return { ...row, accuracy, ms, training: figures };
  } catch (error) {
    if (signal.aborted) throw error;
    progress.note(`${name}: failed, the rest goes on`);
    return { ...row, error: rowError(error) };
  }
}

function showStep(
  progress: Progress,
  name: string,
  { epoch, epochs, step, steps, loss }: StepReport,
  samplesPerSecond: number,
  runClock: RunClock,
): void {
  const share = (epoch - 1 + step / steps) / epochs;
  const figures = [
    `epoch ${epoch}/${epochs}`,
    Number.isNaN(loss) ? '' : `loss ${loss.toFixed(3)}`,
    `${count(samplesPerSecond)} samples/s`,
  ];
  const detail = figures.filter((figure) => figure !== '').join('  ');
  progress.show([{ label: name, share, detail }, runClock.bar(share)]);
}

function epochLine(
  name: string,
  { epoch, loss, samplesPerSecond }: EpochReport,
  epochs: number,
): string {
  return `${name}: epoch ${epoch}/${epochs}, loss ${loss.toFixed(4)}, ${count(samplesPerSecond)} samples/s`;
}

/** Steps per second since training began. */
class Speed {
  readonly #start = performance.now();

  of({ epoch, step, steps }: StepReport): number {
    const done = (epoch - 1) * steps + step;
    return (done * 1000) / (performance.now() - this.#start);
  }
}
