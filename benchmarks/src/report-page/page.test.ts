import { expect, test } from 'vitest';

import type { Report } from '../report/report.ts';
import { exampleReport, exampleRow } from '../testing/rows.ts';
import { pointsOf } from '../charts/points.ts';
import { reportPage } from './page.ts';
import { tableOf } from './results-table.ts';
import { tooltipOf } from './tooltip.ts';

test('the page holds all that it needs, and the report as it is', async () => {
  const report = exampleReport([exampleRow({ model: '</script><b>' })], {
    notes: ['a < b & c'],
    interrupted: true,
  });
  const html = await reportPage(report);
  const [, data] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(html)!;
  expect(JSON.parse(data!) as Report).toEqual(report);
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script/g)).toHaveLength(2);
  // Nothing is fetched: no addresses in elements, no imports in the script.
  expect(html).not.toMatch(/ (?:src|href)=|@import|url\(|\bimport\s*[{("']/);
  expect(html).toContain('a &lt; b &amp; c');
  expect(html).toContain('This run is not finished');
  expect(html).toContain('prefers-color-scheme:dark');
});

test('a finished run says nothing of missing parts', async () => {
  expect(await reportPage(exampleReport([exampleRow()]))).not.toContain('not finished');
});

test('times are said to be of a core, and of one thread, only where they are', async () => {
  const compared = exampleReport([exampleRow()]);
  const html = await reportPage(compared);
  expect(html).toContain('device named below; 2 threads.');
  expect(html).toContain('<span>hours of training</span>');
  const alone = await reportPage(exampleReport([exampleRow({ threads: 1 })]));
  expect(alone).toContain('device named below; one thread.');
  const both = exampleReport([exampleRow(), exampleRow({ threads: 1 })]);
  expect(await reportPage(both)).toContain('device named below; 1 or 2 threads.');
  const [row] = compared.rows;
  const [point] = pointsOf(compared.rows);
  expect(tooltipOf(point!, row!, 'red')).toContain('<dd>0:20 minutes</dd>');
  expect(tableOf(compared.rows, [point!], new Map())).toContain('>s to train<');
});

test('names of other libraries are text, not HTML', () => {
  const seeds = [
    { seed: 0, accuracy: 0.5, seconds: 1, coreSeconds: 1, session: 'one', curve: [] },
  ] as const;
  const row = exampleRow({
    comparison: {
      family: 'lenet',
      smallest: true,
      rate: 0.1,
      rates: [],
      recipeEpochs: 4,
      seeds,
      plannedSeeds: 1,
      inference: { median: 1, min: 1 },
      memoryBytes: 1,
      peer: { name: '<b>', version: '1', seeds },
    },
  });
  const [point] = pointsOf([row]);
  expect(tooltipOf(point!, row, 'red')).toContain('<dt>By &lt;b&gt;</dt>');
  expect(tableOf([row], [point!], new Map())).toContain('>&lt;b&gt; 1<');
});
