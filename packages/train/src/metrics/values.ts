import {
  aShape,
  anObject,
  ArgumentError,
  formatValue,
  requireKind,
  type Tensor,
} from '@convnet/tensor-core';

/** The values of a tensor on the host, row by row, with its shape. */
export interface Values {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Reads a tensor. */
export async function valuesOf(tensor: Tensor): Promise<Values> {
  return { data: await tensor.data(), shape: tensor.shape };
}

/** @throws ArgumentError where it is no list of numbers. */
export function requireNumbers(where: string, name: string, values: ArrayLike<number>): void {
  const given: unknown = values;
  if (typeof given === 'object' && given !== null) {
    if (ArrayBuffer.isView(given) && !(given instanceof DataView)) return;
    if (Array.isArray(given) && given.every((item) => typeof item === 'number')) return;
  }
  throw new ArgumentError(
    `${where}: expected ${name} as a list of numbers, got ${Array.isArray(given) ? formatValue(given.slice(0, 5)) : typeof given}`,
  );
}

/** @throws ArgumentError for what are no values of a tensor. */
export function requireValues(where: string, name: string, values: Values): void {
  requireKind(where, name, values, anObject);
  requireNumbers(where, `data of ${name}`, values.data);
  requireKind(where, `shape of ${name}`, values.shape, aShape);
}

/** @throws ArgumentError unless there is at least one, and as many of one as of the other. */
export function requirePairs(
  where: string,
  names: readonly [string, string],
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): void {
  requireNumbers(where, names[0], a);
  requireNumbers(where, names[1], b);
  if (a.length === 0) throw new ArgumentError(`${where}: expected at least one of ${names[0]}`);
  if (a.length === b.length) return;
  throw new ArgumentError(
    `${where}: expected as many ${names[1]} as ${names[0]}, got ${b.length} and ${a.length}`,
  );
}

/**
 * Number of columns of `scores`, of which each label has a row.
 * @throws ArgumentError where the rows are not equally long.
 */
export function columnsOf(
  where: string,
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): number {
  requireNumbers(where, 'labels', labels);
  requireNumbers(where, 'scores', scores);
  if (labels.length === 0) throw new ArgumentError(`${where}: expected at least one label`);
  const columns = scores.length / labels.length;
  if (Number.isInteger(columns) && columns >= 1) return columns;
  throw new ArgumentError(
    `${where}: expected a row of scores for each of ${labels.length} labels, got ${scores.length} numbers`,
  );
}

/** @throws ArgumentError where a label is no whole number from 0 to `numClasses` - 1. */
export function requireClasses(
  where: string,
  name: string,
  labels: ArrayLike<number>,
  numClasses: number,
): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < numClasses) continue;
    throw new ArgumentError(
      `${where}: expected ${name} from 0 to ${numClasses - 1}, got ${label} at ${i}`,
    );
  }
}

/** @throws ArgumentError where a number is neither 0 nor 1. */
export function requireBits(where: string, name: string, bits: ArrayLike<number>): void {
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === 0 || bits[i] === 1) continue;
    throw new ArgumentError(`${where}: expected ${name} as 0 or 1, got ${bits[i]} at ${i}`);
  }
}

/** One more than the greatest of some class numbers. */
export function classesIn(...lists: readonly ArrayLike<number>[]): number {
  let most = -1;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) if (list[i]! > most) most = list[i]!;
  }
  return most + 1;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean of `values` with weights; NaN where the weights sum to 0. */
export function weightedMean(values: readonly number[], weights: readonly number[]): number {
  let sum = 0;
  let total = 0;
  values.forEach((value, i) => {
    sum += value * weights[i]!;
    total += weights[i]!;
  });
  return sum / total;
}

/** Index of the greatest; the first of several; NaN counts as greatest, as in PyTorch. */
export function argmaxOf(
  values: ArrayLike<number>,
  from = 0,
  count: number = values.length,
): number {
  let best = 0;
  for (let i = 0; i < count; i++) {
    const value = values[from + i]!;
    if (Number.isNaN(value)) return i;
    if (value > values[from + best]!) best = i;
  }
  return best;
}
