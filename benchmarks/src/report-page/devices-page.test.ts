import { expect, test } from 'vitest';

import { exampleReport, exampleRow } from '../testing/rows.ts';
import { devicesPage } from './devices-page.ts';

test('the page about devices tells the limits of each and holds all that it needs', async () => {
  const onDevice = {
    trainingMsPerSample: 1,
    inference: { median: 1, min: 1 },
    trainingGmacs: 1,
    inferenceGmacs: 1,
    limitGmacs: 45.1,
    shareOfLimit: 0.1,
    memoryBytes: 1000,
    bandwidth: { best: 78.8, ofLargest: 3.8 },
    layers: [],
  };
  const html = await devicesPage(
    exampleReport([exampleRow({ onDevice }), exampleRow({ backend: 'cuda', onDevice })]),
  );
  expect(html).toContain('<b>45.1 GMAC/s</b><span>wasm, best product; sums 78.8 GB/s</span>');
  expect(html).toContain('<b>45.1 GMAC/s</b><span>cuda');
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html).not.toMatch(/ (?:src|href)=|@import|url\(|\bimport\s*[{("']/);
});
