import { expect, test } from 'vitest';

import { exampleRow } from '../testing/rows.ts';
import { ratioNotes } from './ratio-notes.ts';

const row = (model: string, name: string, ratio: number, ratioOfMinima: number) =>
  exampleRow({
    model,
    dataset: null,
    peer: { name, version: '1.2', ms: { median: 1, min: 1 } },
    ratio,
    ratioOfMinima,
  });

test('each peer gets its means and its least ratios; rows without a peer do not count', () => {
  const rows = [row('a', 'x', 1, 2), row('b', 'x', 4, 1), row('a', 'y', 3, 3), exampleRow()];
  expect(ratioNotes(rows)).toEqual([
    'Geometric mean of the ratios to x 1.2 over 2 rows: of medians 2.00 (least 1.00, a 2D), ' +
      'of minima 1.41 (least 1.00, b 2D).',
    'Geometric mean of the ratios to y 1.2 over 1 rows: of medians 3.00 (least 3.00, a 2D), ' +
      'of minima 3.00 (least 3.00, a 2D).',
  ]);
});
