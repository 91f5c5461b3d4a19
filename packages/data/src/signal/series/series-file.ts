import { classNames } from '../../kinds.ts';
import type { Kind } from '@convnet/tensor-core';
import { isRecording, type Recording } from '../recording.ts';

/** Labelled series as a file of the UCR/UEA archive has them. */
export interface SeriesFile {
  /** Name of the problem, where the file says it. */
  readonly name: string | null;
  /** [channels, length] each; values that are missing are NaN. */
  readonly series: readonly Recording[];
  /** The label of each, as the file writes it; null where it has numbers to predict, or nothing. */
  readonly labels: readonly string[] | null;
  /** The number to predict of each, in a file of regression. */
  readonly targets: Float32Array | null;
  /** The classes that the file declares, or those it has, in that order. */
  readonly classes: readonly string[];
}

export const aSeriesFile: Kind = {
  expected: 'a file of series, as parseTs and its like give it',
  accepts: (value) => {
    const { series, labels, targets, classes } = (value ?? {}) as Partial<SeriesFile>;
    return (
      Array.isArray(series) &&
      series.every(isRecording) &&
      (labels === null || classNames.accepts(labels)) &&
      (targets === null || targets instanceof Float32Array) &&
      classNames.accepts(classes)
    );
  },
};

/** Labels in the order of numbers where all are numbers, else of their names. */
export function sortedClasses(labels: Iterable<string>): string[] {
  const found = [...new Set(labels)];
  const areNumbers = found.every((label) => label !== '' && Number.isFinite(Number(label)));
  return found.sort((a, b) => (areNumbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0));
}

/** A number of a series file; `?` and NaN stand for one that is missing. undefined where it is none. */
export function valueOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '?' || /^nan$/i.test(trimmed)) return Number.NaN;
  if (trimmed === '') return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}
