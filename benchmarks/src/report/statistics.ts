import type { Row } from './row.ts';

/** NaN without values. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle of values sorted by size, or the mean of the two in the middle. NaN without values. */
export function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Standard deviation of the population that the values are a sample of: divided by one less than their number. */
export function sampleDeviation(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Standard deviation of a row's accuracies over its seeds; null with one seed. */
export function spreadOf({ accuracies = [] }: Pick<Row, 'accuracies'>): number | null {
  return accuracies.length > 1 ? sampleDeviation(accuracies) : null;
}
