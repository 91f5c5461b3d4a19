import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { Report } from '../report/report.ts';
import { schemaErrors } from '../testing/report-schema.ts';
import { committedFolder, derivedFiles, pagesWithFigures, root } from './committed-results.ts';

const names = existsSync(committedFolder) ? readdirSync(committedFolder) : [];

test('there are results of the full comparison, and README shows their chart', () => {
  expect(names).toContain('architectures-full.jsonl');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  expect(readme).toContain('(benchmarks/results/committed/architectures-full.svg)');
});

test('all figures are those of the committed journals and JSON: pnpm docs:results draws them anew', async () => {
  const derived = await derivedFiles();
  const stale = [...derived].filter(
    ([name, text]) => readFileSync(join(committedFolder, name), 'utf8') !== text,
  );
  expect(derived.size).toBeGreaterThanOrEqual(4);
  expect(stale.map(([name]) => name)).toEqual([]);
});

test('README and docs have the figures of the committed JSON: pnpm docs:results writes them anew', () => {
  const stale = [...pagesWithFigures()].filter(
    ([page, text]) => readFileSync(join(root, page), 'utf8') !== text,
  );
  expect(stale.map(([page]) => page)).toEqual([]);
});

test('the committed JSON fits its schema', () => {
  for (const name of names.filter((other) => other.endsWith('.json'))) {
    const report = JSON.parse(readFileSync(join(committedFolder, name), 'utf8')) as Report;
    expect(schemaErrors(report)).toEqual([]);
  }
});
