import type { Comparison } from './compare-rounds.ts';
import type { Estimate } from './estimate.ts';

/** Old time over new below which the new version counts as slower. */
export interface Limits {
  /** For the geometric mean of all rows. */
  readonly mean: number;
  /** For a single row: its whole interval lies below. */
  readonly row: number;
}

/** A sentence for each limit that the least times break. */
export function complaints({ rows, mean }: Comparison, limits: Limits): string[] {
  if (mean === null) return ['The versions have no row in common.'];
  const slower = rows
    .filter(({ least }) => least.high < limits.row)
    .map(({ name, least }) => `${name} is slower: ${told(least)} lies below ${limits.row}.`);
  return mean.least.ratio < limits.mean
    ? [`The geometric mean of all rows, ${told(mean.least)}, is below ${limits.mean}.`, ...slower]
    : slower;
}

/** A table for a terminal: each row, the mean, and what was not compared. */
export function comparisonText({ rows, mean, left }: Comparison): string {
  const lines = [
    ['old time / new', 'least times', 'median times'],
    ...rows.map(({ name, least, median }) => [name, told(least), told(median)]),
    ...(mean === null ? [] : [['geometric mean', told(mean.least), told(mean.median)]]),
  ];
  const widths = [0, 1, 2].map((i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  const drawn = lines.map((cells) => cells.map((cell, i) => cell.padEnd(widths[i]!)).join('  '));
  return [
    ...drawn.map((line) => line.trimEnd()),
    ...left.map((line) => `not compared: ${line}`),
  ].join('\n');
}

const told = ({ ratio, low, high }: Estimate): string =>
  `${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
