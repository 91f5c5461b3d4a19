import { nameOf } from '../report/failures.ts';
import type { Row, TrainingFigures } from '../report/row.ts';
import { meanOf } from '../report/statistics.ts';
import { subjectOf } from './subject.ts';

/**
 * Joins rows beside each other that are about the same network on the same set, which differ in their seed: one row
 * with their means. Seeds that failed are left out; where all failed, the row has the error of the first.
 * @param planned seeds of each network.
 * @param note is told of seeds that are not in a mean, which may be better without them than the network is.
 */
export async function* joinSeeds(
  rows: AsyncIterable<Row>,
  planned: number,
  note: (sentence: string) => void,
): AsyncGenerator<Row> {
  let group: Row[] = [];
  try {
    for await (const row of rows) {
      if (group.length > 0 && subjectOf(group[0]!) !== subjectOf(row)) {
        yield joined(group, planned, note);
        group = [];
      }
      group.push(row);
    }
  } catch (error) {
    // After an interruption the seeds that were finished are given too.
    if (group.length > 0) yield joined(group, planned, note);
    throw error;
  }
  if (group.length > 0) yield joined(group, planned, note);
}

function joined(group: readonly Row[], planned: number, note: (sentence: string) => void): Row {
  const finished = group.filter(({ error }) => error === undefined);
  const [first] = finished;
  if (first === undefined) return group[0]!;
  const [failure] = group.flatMap(({ error }) => error ?? []);
  if (failure !== undefined) {
    note(
      `${nameOf(first)}: ${group.length - finished.length} of ${group.length} seeds failed (${failure.name}) and are not in its mean.`,
    );
  }
  if (group.length < planned) {
    note(
      `${nameOf(first)}: ${group.length} of ${planned} seeds had ended when the run was interrupted.`,
    );
  }
  const accuracies = finished.map(({ accuracy }) => accuracy!);
  return {
    ...first,
    accuracy: meanOf(accuracies),
    accuracies,
    training: meanTraining(finished.map(({ training }) => training!)),
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
