import { expect, test } from 'vitest';

import type { Report } from '../report/report.ts';
import { exampleReport, exampleRow } from '../testing/rows.ts';
import { reportPage } from './page.ts';

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
