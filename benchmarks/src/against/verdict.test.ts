import { expect, test } from 'vitest';

import type { Comparison } from './compare-rounds.ts';
import { comparisonText, complaints } from './verdict.ts';

const around = (ratio: number, by = 0.02) => ({ ratio, low: ratio - by, high: ratio + by });
const ratios = (ratio: number, by?: number) => ({
  least: around(ratio, by),
  median: around(ratio, by),
});
const limits = { mean: 0.99, row: 0.95 };

const comparison = (mean: number): Comparison => ({
  rows: [
    { name: 'fast', ...ratios(1.2) },
    { name: 'unsure', ...ratios(0.94) },
    { name: 'slow', ...ratios(0.9) },
  ],
  mean: ratios(mean),
  left: ['new one: only in the new version'],
});

test('a row is slower where its whole interval lies below the limit', () => {
  expect(complaints(comparison(1), limits)).toEqual([
    'slow is slower: 0.900 (0.880 to 0.920) lies below 0.95.',
  ]);
  expect(complaints(comparison(1), { ...limits, row: 0.91 })).toEqual([]);
});

test('so is all of it where the mean lies below its own', () => {
  expect(complaints(comparison(0.985), limits)[0]).toBe(
    'The geometric mean of all rows, 0.985 (0.965 to 1.005), is below 0.99.',
  );
});

test('nothing in common is no success', () => {
  expect(complaints({ rows: [], mean: null, left: [] }, limits)).toEqual([
    'The versions have no row in common.',
  ]);
});

test('the table has all rows, the mean, and what was not compared', () => {
  expect(comparisonText(comparison(1))).toBe(
    [
      'old time / new  least times             median times',
      'fast            1.200 (1.180 to 1.220)  1.200 (1.180 to 1.220)',
      'unsure          0.940 (0.920 to 0.960)  0.940 (0.920 to 0.960)',
      'slow            0.900 (0.880 to 0.920)  0.900 (0.880 to 0.920)',
      'geometric mean  1.000 (0.980 to 1.020)  1.000 (0.980 to 1.020)',
      'not compared: new one: only in the new version',
    ].join('\n'),
  );
});
