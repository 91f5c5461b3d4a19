import { CliError, UsageError } from '../errors.ts';
import type { Task } from '../task.ts';
import type { DataRequest } from './request.ts';

/** Targets of samples for training and testing, as a network learns them, and what they are. */
export interface ScaledTargets {
  readonly task: Task;
  readonly train: readonly Float32Array[];
  readonly test: readonly Float32Array[];
  readonly notes: readonly string[];
}

/**
 * Decides what columns of numbers are. Quantities are brought to mean 0 and deviation 1 over the training samples, or by
 * what a trained network was brought to.
 * @throws UsageError where several labels are asked for that are not 0 and 1.
 */
export function scaleTargets(
  names: readonly string[],
  train: readonly Float32Array[],
  test: readonly Float32Array[],
  { task: asked, knownTask }: Pick<DataRequest, 'task' | 'knownTask'>,
): ScaledTargets {
  if (asked === 'classification') {
    throw new UsageError('--task classification: expected --label-column, got --targets');
  }
  const odd = [...train, ...test]
    .flatMap((row) => [...row])
    .find((value) => value !== 0 && value !== 1);
  const kind = knownTask?.kind ?? asked ?? (odd === undefined ? 'multi-label' : 'regression');
  if (kind !== 'regression') {
    if (odd !== undefined) {
      throw new UsageError(`--targets: expected 0 or 1 for each of several labels, got ${odd}`);
    }
    const notes =
      asked === undefined && knownTask === undefined
        ? [
            `${names.join(', ')}: labels of 0 and 1, of which a sample may have several (--task chooses)`,
          ]
        : [];
    return { task: { kind: 'multi-label', labels: names }, train, test, notes };
  }
  const { mean, std } = knownTask?.kind === 'regression' ? knownTask : statisticsOf(names, train);
  const scaled = (rows: readonly Float32Array[]): readonly Float32Array[] =>
    rows.map((row) => row.map((value, i) => (value - mean[i]!) / std[i]!));
  return {
    task: { kind: 'regression', quantities: names, mean, std },
    train: scaled(train),
    test: scaled(test),
    notes: [],
  };
}

function statisticsOf(
  names: readonly string[],
  rows: readonly Float32Array[],
): { mean: readonly number[]; std: readonly number[] } {
  const columns = names.map((name, i) => {
    const values = rows.map((row) => row[i]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    if (variance === 0) {
      throw new CliError(
        `'${name}' is ${mean} for every training sample: there is nothing to learn`,
      );
    }
    return { mean, std: Math.sqrt(variance) };
  });
  return { mean: columns.map(({ mean }) => mean), std: columns.map(({ std }) => std) };
}
