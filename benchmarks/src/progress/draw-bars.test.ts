import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';

import { drawBars } from './draw-bars.ts';

const bars = [
  {
    label: 'lenet5_relu 1D on instruments',
    share: 0.5,
    detail: 'epoch 12/20  loss 0.412  9,876 samples/s',
  },
  { label: 'all', share: 1.2, detail: '3 of 9  1:02 left' },
];

test.each([60, 80, 120])('the lines fit %i columns', (columns) => {
  const lines = stripVTControlCharacters(drawBars(bars, columns)).split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
});

test('half a bar is filled at one half, a whole one beyond the end', () => {
  const [half, whole] = stripVTControlCharacters(drawBars(bars, 120)).split('\n');
  expect(half).toContain(`${'█'.repeat(15)}${'░'.repeat(15)}  50%`);
  expect(whole).toContain(`${'█'.repeat(30)} 100%  3 of 9`);
});
