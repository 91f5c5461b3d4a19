import { expect, test } from 'vitest';

import { exampleReport, exampleRow } from '../testing/rows.ts';
import { comparisonFigures } from './comparison-figures.ts';
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

test('of architectures, those that no other surpasses are shown set by set, the cheapest first', () => {
  const row = (model: string, macs: number, accuracies: readonly number[]) =>
    exampleRow({
      model,
      macs,
      accuracies,
      accuracy: accuracies.reduce((a, b) => a + b) / accuracies.length,
    });
  const series = { ...row('d', 5, [0.9]), dataset: 'series', dims: 1 } as const;
  const text = comparisonFigures(
    exampleReport(
      [row('c', 30, [0.7]), row('b', 20, [0.5]), row('a', 10, [0.6, 0.62, 0.64]), series],
      { seconds: 7200 },
    ),
  );
  const [head, , , ...lines] = text.split('\n').filter((line) => line !== '');
  expect(head).toMatch(
    /^3 networks on mnist 2D, 1 of them with several seeds; 1 network on series 1D, 0 .*: 2\.0 core-hours,/,
  );
  expect(lines.map((line) => line.split(' | ').slice(0, 4).join(' '))).toEqual([
    '| mnist 2D a 62.0 % ± 2.0 10',
    '| mnist 2D c 70.00 % 30',
    '| series 1D d 90.00 % 5',
  ]);
});
