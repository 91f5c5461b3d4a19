import { expect, test } from 'vitest';

import { exampleReport, exampleRow, failedRow } from '../testing/rows.ts';
import { accuracyChart } from './accuracy-chart.ts';

/** Points in the drawing: the paths of the groups of marks that the chart calls dots. */
function pointsIn(svg: string): number {
  const groups = [...svg.matchAll(/ dots"[^>]*>(.*?)<\/g>/g)].map(([, inner]) => inner!);
  return groups.reduce((sum, group) => sum + (group.match(/<path /g)?.length ?? 0), 0);
}

test('draws a labelled point for each row with figures, and a panel for each series', async () => {
  const svg = await accuracyChart(
    exampleReport([
      exampleRow(),
      exampleRow({ model: 'lenet_bn', dims: 1, macs: 96_000, accuracy: 0.98 }),
      failedRow('NaN'),
    ]),
  );
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).toContain('>lenet5</text>');
  expect(svg).toContain('>lenet_bn</text>');
  expect(svg).toContain('>mnist 2D</text>');
  expect(svg).toContain('>mnist 1D</text>');
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(pointsIn(svg)).toBe(2);
});

test('a point with more FLOPs stands further right, one with fewer errors higher', async () => {
  const svg = await accuracyChart(
    exampleReport([
      exampleRow({ model: 'small', macs: 1e5, accuracy: 0.9 }),
      exampleRow({ model: 'large', macs: 1e7, accuracy: 0.99 }),
    ]),
  );
  const place = (model: string): number[] =>
    new RegExp(`translate\\(([\\d.]+),([\\d.]+)\\)"[^>]*>${model}<`)
      .exec(svg)!
      .slice(1)
      .map(Number);
  const [smallX, smallY] = place('small');
  const [largeX, largeY] = place('large');
  expect(largeX).toBeGreaterThan(smallX! + 200);
  expect(largeY).toBeLessThan(smallY! - 80);
});

test('an accuracy of 1 has a place on the logarithmic axis', async () => {
  const svg = await accuracyChart(exampleReport([exampleRow({ accuracy: 1 })]));
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(pointsIn(svg)).toBe(1);
});
