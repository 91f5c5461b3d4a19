import { expect, test } from 'vitest';

import { compare } from '../suites/compare.ts';
import { exampleRow, failedRow } from '../testing/rows.ts';
import { textTable } from './text-table.ts';

const rows = [
  exampleRow({
    model: 'efficientnet_b0 (width 0.25, depth 0.5)',
    dataset: 'instruments',
    params: 71_940_187,
  }),
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
  expect(text).toContain('per s');
  expect(text).not.toContain('to train');
});

test('gives a name one line in 100 columns, and breaks it between words in 80', () => {
  expect(textTable(rows, compare.columns, 100)).toContain(
    'efficientnet_b0 (width 0.25, depth 0.5)',
  );
  const lines = textTable(rows, compare.columns, 80).split('\n');
  expect(lines[4]).toMatch(/^efficientnet_b0 \(width 0\.25, +instruments 2D/);
  expect(lines[5]).toBe('depth 0.5)');
});

test('writes numbers in full where there is room', () => {
  const text = textTable(rows, compare.columns, 120);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(text).toContain('71,940,187');
});

test('the cells of a row stand in its line, dashes where it failed', () => {
  const lines = textTable(rows.slice(1), compare.columns, 80).split('\n');
  expect(lines[1]).toMatch(/test +seconds +samples$/);
  expect(lines[2]).toMatch(
    /^architecture +data set +parameters +MACs +accuracy +to train +per second$/,
  );
  expect(lines[4]).toMatch(/^lenet5 +mnist 2D +61,706 +416,520 +98\.76 % +20\.4 +15,059$/);
  expect(lines[5]).toMatch(/^lenet5 +mnist 2D +61,706 +416,520 +– +– +–$/);
});
