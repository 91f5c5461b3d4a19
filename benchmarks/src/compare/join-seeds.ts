import type { Row, TrainingFigures } from '../report/row.ts';
import { meanOf } from '../report/statistics.ts';
import { subjectOf } from './subject.ts';

/**
 * Joins rows beside each other that are about the same network on the same set, which differ in their seed: one row
 * with their means. Seeds that failed are left out; where all failed, the row has the error of the first.
 */
export async function* joinSeeds(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  let group: Row[] = [];
  try {
    for await (const row of rows) {
      if (group.length > 0 && subjectOf(group[0]!) !== subjectOf(row)) {
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

function joined(group: readonly Row[]): Row {
  const finished = group.filter(({ error }) => error === undefined);
  const [first] = finished;
  if (first === undefined) return group[0]!;
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
