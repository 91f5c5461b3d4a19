import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { mergeJournals } from '../architectures/merge-journals.ts';
import { mergedReport } from '../architectures/merged-report.ts';
import type { Report } from '../report/report.ts';
import { figuresOf, jsonOf } from '../report/write-report.ts';
import { suites } from '../suites/index.ts';
import { comparisonFigures } from './comparison-figures.ts';
import { withFigures } from './figure-blocks.ts';
import { speedTable } from './speed-table.ts';

/** Results that README and docs show: journals and JSON, and what is drawn from them. */
export const committedFolder: string = join(
  import.meta.dirname,
  '..',
  '..',
  'results',
  'committed',
);

/**
 * The texts of all files that follow from the committed journals and JSON, by name: the JSON of each journal, and the
 * Markdown, pictures and pages of each JSON.
 */
export async function derivedFiles(folder: string = committedFolder): Promise<Map<string, string>> {
  const derived = new Map<string, string>();
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const baseNames = (ending: string): string[] =>
    names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const journals = baseNames('.jsonl');
  for (const name of journals) {
    const merged = mergeJournals([join(folder, `${name}.jsonl`)]);
    derived.set(`${name}.json`, jsonOf(mergedReport(merged, 1, 'architectures')));
  }
  for (const name of new Set([...journals, ...baseNames('.json')])) {
    const json = derived.get(`${name}.json`) ?? readFileSync(join(folder, `${name}.json`), 'utf8');
    const report = JSON.parse(json) as Report;
    const suite = suites.find((other) => other.name === report.suite)!;
    for (const [ending, text] of await figuresOf(report, suite, name)) {
      derived.set(`${name}${ending}`, text);
    }
  }
  return derived;
}

/** Pages of the repository with figures among their words. */
const pages = ['README.md', 'docs/benchmarks.md'];

/** Results whose ratios to others the pages show. */
const speeds = ['training-quick', 'inference-quick', 'browser-quick'];

/** The folder of the repository. */
export const root: string = join(committedFolder, '..', '..', '..');

const committedReport = (name: string): Report =>
  JSON.parse(readFileSync(join(committedFolder, `${name}.json`), 'utf8')) as Report;

/** The texts of the pages that show figures of the committed JSON among their words, by their paths in the repository. */
export function pagesWithFigures(): Map<string, string> {
  const figures = new Map([
    ['architectures', comparisonFigures(committedReport('architectures-full'))],
    ['speeds', speedTable(speeds.map(committedReport))],
  ]);
  return new Map(
    pages.map((page) => [page, withFigures(readFileSync(join(root, page), 'utf8'), figures)]),
  );
}
