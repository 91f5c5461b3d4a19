import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Suite } from '../suite.ts';
import { markdownReport } from './markdown.ts';
import type { Report } from './report.ts';

/**
 * What shows a report, by the endings of the files: `.md` and, where the suite draws them and a row has figures, `.svg`
 * and `.html`. All of it follows from the report alone.
 * @param name of the files, without their endings.
 */
export async function figuresOf(
  report: Report,
  suite: Suite,
  name: string,
): Promise<ReadonlyMap<'.md' | '.svg' | '.html', string>> {
  const hasFigures = report.rows.some(({ error }) => error === undefined);
  const svg = hasFigures ? await suite.chart?.draw(report) : undefined;
  const html = hasFigures ? await suite.page?.(report) : undefined;
  const chart = svg === undefined ? null : { title: suite.chart!.title, file: `${name}.svg` };
  return new Map([
    ['.md', markdownReport(report, suite.columns, chart)] as const,
    ...(svg === undefined ? [] : [['.svg', `${svg}\n`] as const]),
    ...(html === undefined ? [] : [['.html', html] as const]),
  ]);
}

/** The JSON of a report, as files have it. */
export const jsonOf = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

/**
 * Writes a report as `<suite>-<profile>.json`, and what shows it beside that; pictures and pages of a report before it, which would
 * show other numbers, are removed.
 * @param json another file for the JSON.
 * @param name of the files, without their endings.
 * @returns the paths of the files.
 */
export async function writeReport(
  report: Report,
  suite: Suite,
  folder: string,
  json?: string,
  name: string = `${report.suite}-${report.profile}`,
): Promise<string[]> {
  const files = new Map([[join(folder, `${name}.json`), jsonOf(report)]]);
  const figures = await figuresOf(report, suite, name);
  for (const [ending, text] of figures) files.set(join(folder, `${name}${ending}`), text);
  if (json !== undefined) files.set(json, jsonOf(report));
  for (const [path, content] of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  for (const ending of ['.svg', '.html'] as const) {
    if (!figures.has(ending)) await rm(join(folder, `${name}${ending}`), { force: true });
  }
  return [...files.keys()];
}
