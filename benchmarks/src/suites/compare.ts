import { availableParallelism } from 'node:os';

import { Lane } from '../compare/lane.ts';
import { networkNames, networks } from '../compare/networks.ts';
import { joinSeeds } from '../compare/join-seeds.ts';
import { budgetNotes, networkNotes, quickNotes } from '../compare/notes.ts';
import { RunBoard } from '../compare/run-board.ts';
import { StepTurns } from '../compare/step-turns.ts';
import { shareAmong } from '../compare/share-among.ts';
import type { TrainingResult } from '../compare/train-model.ts';
import {
  partsOf,
  planOf,
  secondsOfPart,
  seedsOfEach,
  type Part,
  type Plan,
  type PlannedSet,
  type TimedPart,
} from '../compare/workload.ts';
import { isGpu } from '../devices/open-device.ts';
import { accuracyChart } from '../charts/static-chart.ts';
import { reportPage } from '../report-page/page.ts';
import * as columns from '../report/columns.ts';
import { nameOf } from '../report/failures.ts';
import { clock, duration, count, percent } from '../report/format.ts';
import type { Row, RowError } from '../report/row.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** Trains every network on every set with equal budgets and compares what they reach. */
export const compare: Suite = {
  name: 'compare',
  summary: 'train the architectures on real data and compare accuracy, cost and speed',
  description:
    'Trains a few architectures in one and two dimensions, all of them on the same samples of each data set, then ' +
    'tests them on the whole test set. As many train at a time as there are cores, at most eight. Writes a table, ' +
    'JSON and a chart of accuracy against FLOPs. It shows the machinery: five narrow networks with three seeds ' +
    'each, in about four minutes on two cores. The comparison to rely on is the suite architectures. The same seed ' +
    'gives the same networks, unless the machine is too slow for the whole training: then every network trains for ' +
    'less, and the report says so.',
  options: ['models', 'datasets', 'epochs', 'limit'],
  profiles: ['quick'],
  otherProfiles: 'the full comparison is pnpm bench architectures',
  modelNames: networkNames,
  columns: [
    columns.model,
    columns.datasetAndDims,
    columns.params,
    columns.macs,
    columns.accuracyAndSpread,
    // Of trainings side by side: narrow tables keep the speed of steps alone, which says how well it is known.
    { ...columns.trainingSeconds, optional: true },
    columns.stepSpeed,
  ],
  chart: accuracyChart,
  page: reportPage,
  async *run(context) {
    const { options, progress } = context;
    progress.note('Reading the data sets');
    const parts = await partsOf(options);
    for (const { source } of setsOf(parts)) context.attribute(source);
    const lanes = lanesFor(context, parts.length);
    try {
      const plan = planOf(await timed(context, lanes, parts), options, lanes.length);
      announce(context, plan, lanes);
      const rows = joinSeeds(trained(context, lanes, plan.parts), seedsOfEach, context.note);
      yield* withStepTimes(context, plan.parts, lanes[0]!, rows);
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
  },
};

const setsOf = (parts: readonly Part[]): PlannedSet[] => [...new Set(parts.map(({ set }) => set))];

/** Each lane holds its own copy of the samples. */
const mostLanes = 8;

/** As many networks train at a time as there are cores; where there are fewer, each on several threads. A GPU is one. */
function lanesFor({ options, signal }: SuiteContext, parts: number): Lane[] {
  const { backend, revectorize, threads: cores = availableParallelism() } = options;
  const length = isGpu(backend) ? 1 : Math.max(1, Math.min(cores, parts, mostLanes));
  const laneOptions = {
    backend,
    revectorize,
    threads: Math.floor(cores / length),
  };
  return Array.from({ length }, () => new Lane(laneOptions, signal));
}

/** Takes a few steps of each network, so that the time can be planned. */
async function timed(
  { progress }: SuiteContext,
  lanes: readonly Lane[],
  parts: readonly Part[],
): Promise<TimedPart[]> {
  progress.note('Timing a few steps of each network');
  const times = new Map<string, number | RowError>();
  // The seed does not change how long a step takes.
  const firsts = new Map(parts.map((part) => [timeKey(part), part]));
  const results = shareAmong(lanes, [...firsts.values()], async (lane, part) => {
    times.set(timeKey(part), 'macs' in part.counts ? await lane.time(part.job) : part.counts);
  });
  for await (const _ of results) {
    const detail = `${times.size} of ${firsts.size}`;
    progress.show([{ label: 'timing', share: times.size / firsts.size, detail }]);
  }
  return parts.map((part) => ({ ...part, timing: times.get(timeKey(part))! }));
}

const timeKey = ({ network, job }: Part): string => `${job.dataset} ${network}`;

function announce(
  { options, progress, note }: SuiteContext,
  plan: Plan,
  lanes: readonly Lane[],
): void {
  const remarks = setsOf(plan.parts).flatMap(({ bench: { remark } }) => remark ?? []);
  const notes = [
    ...quickNotes(options),
    ...budgetNotes(plan),
    ...networkNotes(plan.parts),
    laneNote(lanes),
    ...remarks,
  ];
  for (const sentence of notes) note(sentence);
  const seconds = plan.parts.reduce((sum, part) => sum + secondsOfPart(part), 0) / lanes.length;
  progress.note(
    `${plan.parts.length} trainings, ${lanes.length} at a time, seed ${options.seed}: about ${duration(seconds)}`,
  );
}

function laneNote(lanes: readonly Lane[]): string {
  const threads = lanes[0]!.threads === 1 ? 'one thread' : `${lanes[0]!.threads} threads`;
  return lanes.length === 1
    ? `One network trained at a time, on ${threads}.`
    : `${lanes.length} networks trained at a time, each on ${threads}; seconds to train are those of training side by side.`;
}

/** Takes the times of steps before the rows are trained and after, and puts them into the rows. */
async function* withStepTimes(
  { progress, signal, note }: SuiteContext,
  parts: readonly TimedPart[],
  { options }: Lane,
  rows: AsyncIterable<Row>,
): AsyncGenerator<Row> {
  const steps = await StepTurns.open(
    parts.filter(({ timing }) => typeof timing === 'number'),
    options,
  );
  const take = (when: string): Promise<void> => {
    progress.note(`Taking steps of each network, in turns, ${when} the trainings`);
    return steps.take(signal, (share) =>
      progress.show([{ label: 'steps in turns', share, detail: '' }]),
    );
  };
  const trainedRows: Row[] = [];
  const timedRows = (): Row[] => trainedRows.map((row) => ({ ...row, ms: steps.timingOf(row) }));
  try {
    await take('before');
    for await (const row of rows) trainedRows.push(row);
    await take('after');
  } catch (error) {
    // After an interruption what was trained is given all the same.
    yield* timedRows();
    throw error;
  } finally {
    for (const sentence of steps.failures) note(sentence);
    steps.dispose();
  }
  yield* timedRows();
}

/** Trains the longest first, so that the lanes end together, and gives the rows in the order of the parts. */
async function* trained(
  context: SuiteContext,
  lanes: readonly Lane[],
  parts: readonly TimedPart[],
): AsyncGenerator<Row> {
  const work = parts.map(secondsOfPart);
  const board = new RunBoard(context.progress, work);
  const order = parts.map((_, i) => i).toSorted((a, b) => work[b]! - work[a]!);
  const rows = new Map<number, Row>();
  let next = 0;
  try {
    const results = shareAmong(lanes, order, async (lane, index) => {
      rows.set(index, await trainedRow(context, lane, parts[index]!, board, index));
    });
    for await (const _ of results) {
      for (; rows.has(next); next++) yield rows.get(next)!;
    }
  } catch (error) {
    // After an interruption the rows behind a gap are given too.
    for (; next < parts.length; next++) if (rows.has(next)) yield rows.get(next)!;
    throw error;
  }
}

async function trainedRow(
  { device }: SuiteContext,
  lane: Lane,
  { set, network, counts, job, timing }: TimedPart,
  board: RunBoard,
  index: number,
): Promise<Row> {
  const { bench, inputShape } = set;
  const [channels, ...extents] = inputShape;
  const times = job.enlargement;
  const row: Row = {
    suite: compare.name,
    model: networks[network]!.label,
    dims: bench.dims,
    backend: device.name,
    threads: lane.threads,
    dataset: bench.name,
    inputShape: [channels!, ...extents.map((extent) => extent * times)],
    params: 'macs' in counts ? counts.params : null,
    macs: 'macs' in counts ? counts.macs : null,
    accuracy: null,
    ms: null,
  };
  const name = `${nameOf(row)}, seed ${job.seed}`;
  // The bars have no room for what is in brackets.
  const shortName = nameOf({ ...row, model: network });
  board.begin(index, shortName);
  const result: TrainingResult | RowError =
    typeof timing === 'number'
      ? await lane.train(job, {
          onStep: (report) => board.step(index, shortName, report),
          onEpoch: (report) => board.epoch(name, job.epochs, report),
        })
      : timing;
  if ('message' in result) {
    board.end(index, `${name}: failed, the rest goes on`);
    return { ...row, error: result };
  }
  const { accuracy, figures } = result;
  board.end(
    index,
    `${name}: ${percent(accuracy)} of ${count(job.testSamples)} test ${bench.unit}, ` +
      `trained in ${clock(figures.seconds)}`,
  );
  return { ...row, accuracy, training: figures };
}
