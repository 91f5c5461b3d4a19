import type { Row, Timing, TrainingFigures } from '../report/row.ts';
import { meanOf } from '../report/statistics.ts';

/**
 * Joins rows beside each other that are about the same network on the same set, which differ in their seed: one row
 * with their means. Seeds that failed are left out; where all failed, the row has the error of the first.
 */
export async function* joinSeeds(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  let group: Row[] = [];
  try {
    for await (const row of rows) {
      if (group.length > 0 && subject(group[0]!) !== subject(row)) {
        yield joined(group);
        group = [];
      }
      group.push(row);
    }
  } catch (error) {
    // After an interruption the seeds that were finished are given too.
    if (group.length > 0) yield joined(group);
    throw error;
  }
  if (group.length > 0) yield joined(group);
}

const subject = ({ model, dims, dataset }: Row): string => JSON.stringify([model, dims, dataset]);

function joined(group: readonly Row[]): Row {
  const finished = group.filter(({ error }) => error === undefined);
  const [first] = finished;
  if (first === undefined) return group[0]!;
  const accuracies = finished.map(({ accuracy }) => accuracy!);
  return {
    ...first,
    accuracy: meanOf(accuracies),
    accuracies,
    ms: jointTiming(finished.map(({ ms }) => ms!)),
    training: meanTraining(finished.map(({ training }) => training!)),
  };
}

/**
 * The time of the middle one of the seeds. Its interval spans those of all: what trains beside it differs from seed to
 * seed, and costs more than the spread of the steps of one.
 */
function jointTiming(all: readonly Timing[]): Timing {
  if (all.length === 1) return all[0]!;
  const sorted = all.toSorted((a, b) => a.median - b.median);
  const intervals = all.map(({ median, interval }) => interval ?? [median, median]);
  const samples = all.reduce((sum, timing) => sum + (timing.samples ?? 0), 0);
  return {
    median: sorted[(sorted.length - 1) >> 1]!.median,
    min: Math.min(...all.map(({ min }) => min)),
    ...(samples === 0 ? {} : { samples }),
    interval: [
      Math.min(...intervals.map(([low]) => low)),
      Math.max(...intervals.map(([, high]) => high)),
    ],
  };
}

function meanTraining(all: readonly TrainingFigures[]): TrainingFigures {
  const mean = (key: 'loss' | 'seconds' | 'secondsPerEpoch' | 'samplesPerSecond'): number =>
    meanOf(all.map((figures) => figures[key]));
  return {
    ...all[0]!,
    loss: mean('loss'),
    seconds: mean('seconds'),
    secondsPerEpoch: mean('secondsPerEpoch'),
    samplesPerSecond: mean('samplesPerSecond'),
  };
}
