import { expect, test } from 'vitest';

import type { Row } from '../report/row.ts';
import { exampleRow, failedRow } from '../testing/rows.ts';
import { compareRounds, type Round } from './compare-rounds.ts';

const row = (model: string, ms: number): Row =>
  exampleRow({ model, dataset: null, ms: { min: ms, median: 2 * ms } });

/** Seven rounds; `rows` gives those of both versions. */
const sevenRounds = (rows: (round: number) => { old: Row[]; new: Row[] }): Round[] =>
  Array.from({ length: 7 }, (_, i) => {
    const both = rows(i);
    return { old: { rows: both.old }, new: { rows: both.new } };
  });

test('ratios are taken round by round, so that a machine that slows down moves none', () => {
  const { rows, mean, left } = compareRounds(
    sevenRounds((i) => {
      const slowness = 1 + i;
      return {
        old: [row('faster', 4 * slowness), row('slower', slowness)],
        new: [row('slower', 2 * slowness), row('faster', 2 * slowness)],
      };
    }),
  );
  const always = (ratio: number) => ({ ratio, low: ratio, high: ratio });
  expect(rows).toEqual([
    { name: 'compare: slower 2D 1×28×28', least: always(0.5), median: always(0.5) },
    { name: 'compare: faster 2D 1×28×28', least: always(2), median: always(2) },
  ]);
  expect(mean!.least.ratio).toBeCloseTo(1, 12);
  expect(left).toEqual([]);
});

test('rows that a side lacks, or failed in, are told and not compared', () => {
  const { rows, mean, left } = compareRounds(
    sevenRounds((i) => ({
      old: [row('both', 1), row('gone', 1), i < 2 ? failedRow('no') : exampleRow()],
      new: [row('both', 1), row('added', 1), exampleRow()],
    })),
  );
  expect(rows.map(({ name }) => name)).toEqual(['compare: both 2D 1×28×28']);
  expect(mean!.least.ratio).toBe(1);
  expect(left).toEqual([
    'compare: added 2D 1×28×28: only in the new version',
    'compare: lenet5 2D on mnist 1×28×28: has times in 5 rounds of the old version and in 7 of the new, of 7',
    'compare: gone 2D 1×28×28: only in the old version',
  ]);
});

test('rows of one name are numbered, those that failed too', () => {
  const { rows, left } = compareRounds(
    sevenRounds(() => ({
      old: [row('part', 1), row('part', 6), row('part', 8)],
      new: [row('part', 1), { ...row('part', 1), ms: null }, row('part', 2)],
    })),
  );
  expect(rows.map(({ name, least }) => [name, least.ratio])).toEqual([
    ['compare: part 2D 1×28×28', 1],
    ['compare: part 2D 1×28×28 (3)', 4],
  ]);
  expect(left).toEqual(['compare: part 2D 1×28×28 (2): only in the old version']);
});

test('versions without a row in common have no mean', () => {
  const rounds = sevenRounds(() => ({ old: [row('a', 1)], new: [row('b', 1)] }));
  expect(compareRounds(rounds)).toMatchObject({ rows: [], mean: null });
});
