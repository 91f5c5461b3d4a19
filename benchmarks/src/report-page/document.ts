import { escapeXml } from '@convnet/tensor-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { chartRules, darkVariables, lightVariables } from '../charts/theme.ts';
import type { Report } from '../report/report.ts';
import { recipeLines } from './recipe-lines.ts';

/** What stands on a page about a report. */
export interface ReportDocument {
  readonly title: string;
  readonly heading: string;
  /** HTML between the heading and the footer. */
  readonly content: string;
  /** The file of its script, in this folder. */
  readonly client: string;
}

/** A page of HTML that needs nothing else: data, style and script are in it. */
export async function reportDocument(
  report: Report,
  { title, heading, content, client }: ReportDocument,
): Promise<string> {
  const style = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8');
  const script = await clientScript(client);
  // What ends a script element must not stand inside of one.
  const data = JSON.stringify(report).replaceAll('<', String.raw`\u003c`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
:root{color-scheme:light dark;--page:#f6f7f9;${lightVariables}}
@media (prefers-color-scheme:dark){:root{--page:#06090d;${darkVariables}}}
${chartRules}
${style}</style>
<main>
<h1>${heading}</h1>
${content}
${footer(report)}
</main>
<div id="tooltip" role="status" hidden></div>
<script type="application/json" id="report">${data}</script>
<script type="module">${script}</script>
</html>
`;
}

/** The script of the page, with all that it imports, as one text. */
async function clientScript(client: string): Promise<string> {
  // Loaded here, so that nothing else waits for a bundler.
  const { rolldown } = await import('rolldown');
  await using bundle = await rolldown({
    input: join(import.meta.dirname, client),
    platform: 'browser',
    transform: { target: 'es2022' },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  return output[0].code.replaceAll('</script', String.raw`<\/script`);
}

/** A place for buttons of which one is pressed. */
export const control = (label: string, id: string): string =>
  `<div class="control"><span>${label}</span><div class="segments" id="${id}" role="group" aria-label="${label}"></div></div>`;

/** A place for a chart. */
export const section = (title: string, id: string, text: string, controls = ''): string =>
  `<section><header><h2>${title}</h2><div>${controls}</div>${text === '' ? '' : `<p>${text}</p>`}</header>` +
  `<div class="scroll" id="${id}"></div></section>`;

function footer(report: Report): string {
  const { sessions = [], recipe, notes, attributions } = report;
  const machines = sessions.map(
    ({ date, machine, node, device, commit }) =>
      `${date.slice(0, 16).replace('T', ' ')} UTC: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ` +
      `Node ${node}; ${device}${commit === null ? '' : `; commit ${commit}`}`,
  );
  const sources = attributions.map(
    ({ name, origin, licence }) => `${name}: ${origin}. Licence: ${licence}.`,
  );
  return (
    `<footer>${part('Notes', notes)}${part('Recipe', recipeLines(recipe ?? {}))}${part('Machines', machines)}` +
    `${part('Data', sources)}</footer>`
  );
}

const part = (title: string, items: readonly string[]): string =>
  items.length === 0
    ? ''
    : `<h2>${title}</h2><ul>${items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
