import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Suite } from '../suite.ts';
import { markdownReport } from './markdown.ts';
import type { Report } from './report.ts';

/**
 * Writes a report as `<suite>-<profile>.json`, `.md` and, where the suite draws one and a row has figures,
 * `.svg`.
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
  const hasFigures = report.rows.some(({ error }) => error === undefined);
  const svg = hasFigures ? await suite.chart?.(report) : undefined;
  const text = `${JSON.stringify(report, null, 2)}\n`;
  const files = new Map([
    [join(folder, `${name}.json`), text],
    [
      join(folder, `${name}.md`),
      markdownReport(report, suite.columns, svg === undefined ? null : `${name}.svg`),
    ],
  ]);
  if (svg !== undefined) files.set(join(folder, `${name}.svg`), `${svg}\n`);
  if (json !== undefined) files.set(json, text);
  for (const [path, content] of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return [...files.keys()];
}
