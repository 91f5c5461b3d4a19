import { expect, test } from 'vitest';

import { compare } from '../suites/compare.ts';
import { exampleRow, failedRow } from '../testing/rows.ts';
import { textTable } from './text-table.ts';

const rows = [
  exampleRow({ model: 'shufflenet_v2_x0_5', dataset: 'instruments', params: 71_940_187 }),
  exampleRow(),
  failedRow('the loss is NaN'),
];

// oxlint-disable-next-line no-control-regex -- what must not be there
const controls = /[\u0000-\u0009\u000b-\u001f\u007f]/;

test('fits 80 columns with the longest names, and is plain text where nothing else is asked', () => {
  const text = textTable(rows, compare.columns, 80);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).not.toMatch(controls);
  expect(text).toContain('71.9 M');
  expect(text).not.toMatch(/ $/m);
});

test('writes numbers in full where there is room', () => {
  const text = textTable(rows, compare.columns, 120);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(text).toContain('71,940,187');
});

test('the cells of a row stand in its line, dashes where it failed', () => {
  const lines = textTable(rows, compare.columns, 80).split('\n');
  expect(lines[1]).toMatch(/test +s per +samples$/);
  expect(lines[2]).toMatch(/^architecture +dims +dataset +params +MACs +accuracy +epoch +per s$/);
  expect(lines[5]).toMatch(/^lenet5 +2D +mnist +61\.7 k +417 k +98\.76 % +5\.10 +11,765$/);
  expect(lines[6]).toMatch(/^lenet5 +2D +mnist +61\.7 k +417 k +– +– +–$/);
});
