import { expect, test } from 'vitest';

import { exampleReport, exampleRow } from '../testing/rows.ts';
import { FigureBlockError, withFigures } from './figure-blocks.ts';
import { speedTable } from './speed-table.ts';

test('figures take the place of what stands between their marks, and nothing else changes', () => {
  const page =
    'a\n<!-- figures: x -->\nold\n<!-- /figures -->\nb\n<!-- figures: y -->\n<!-- /figures -->\n';
  const figures = new Map([
    ['x', '| 1 |'],
    ['y', '| 2 |'],
  ]);
  const written = withFigures(page, figures);
  expect(written).toBe(
    'a\n<!-- figures: x -->\n\n| 1 |\n\n<!-- /figures -->\nb\n<!-- figures: y -->\n\n| 2 |\n\n<!-- /figures -->\n',
  );
  expect(withFigures(written, figures)).toBe(written);
});

test('figures without a place, and a place without figures, are refused by name', () => {
  expect(() => withFigures('a', new Map([['x', '1']]))).toThrow(FigureBlockError);
  expect(() => withFigures('<!-- figures: z -->\n<!-- /figures -->', new Map())).toThrow("'z'");
});

test('speeds are the geometric mean over the networks, for each suite and peer', () => {
  const row = (ratio: number) =>
    exampleRow({ ratio, threads: 1, peer: { name: 'p', version: '2', ms: { median: 1, min: 1 } } });
  const reports = [exampleReport([row(2), row(8), exampleRow()], { suite: 'training' })];
  expect(speedTable(reports).split('\n').at(-1)).toBe(
    '| a training step | p 2 | 2 | 4.00 | 2.00 to 8.00 | 1 | 2026-01-02 |',
  );
});
