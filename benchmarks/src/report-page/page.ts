import { escapeXml } from '@convnet/tensor-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { pointsOf } from '../charts/points.ts';
import { chartRules, darkVariables, lightVariables } from '../charts/theme.ts';
import { count } from '../report/format.ts';
import type { Report } from '../report/report.ts';

/** A report as one page of HTML that needs nothing else: data, charts, filters and what a pointer shows. */
export async function reportPage(report: Report): Promise<string> {
  const style = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8');
  const script = await clientScript();
  // What ends a script element must not stand inside of one.
  const data = JSON.stringify(report).replaceAll('<', String.raw`\u003c`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>convnet: accuracy against FLOPs</title>
<style>
:root{color-scheme:light dark;--page:#f6f7f9;${lightVariables}}
@media (prefers-color-scheme:dark){:root{--page:#06090d;${darkVariables}}}
${chartRules}
${style}</style>
<main>
<h1>Which architecture gives the most accuracy for its FLOPs?</h1>
${lead(report)}
${facts(report)}
${notice(report)}
<div class="filters">
${control('data', 'panel')}
${control('backend', 'backend')}
<div class="control"><div class="chips" id="families" role="group" aria-label="families"></div></div>
</div>
${section('Accuracy against cost', 'main-chart', 'Circle area: parameters. Bars: standard deviation over seeds; hollow circle: one seed; dashed edge: fewer passes, for the budget. Dashed line: the best accuracy that is had for the cost.', control('against', 'cost') + control('names', 'named'))}
${section('Accuracy against measured time', 'time-chart', 'On the machine and the device named below; one thread.', control('time of', 'time'))}
${section('How they learn', 'curve-chart', 'Accuracy on validation samples, which neither train nor test, after each pass.', control('over', 'curve'))}
${section('Latency', 'bar-chart', 'One sample through the compiled network: medians, and the intervals that they are known within.')}
${section('All numbers', 'table', '')}
${footer(report)}
</main>
<div id="tooltip" role="status" hidden></div>
<script type="application/json" id="report">${data}</script>
<script type="module">${script}</script>
</html>
`;
}

/** The script of the page, with all that it imports, as one text. */
async function clientScript(): Promise<string> {
  // Loaded here, so that nothing else waits for a bundler.
  const { rolldown } = await import('rolldown');
  await using bundle = await rolldown({
    input: join(import.meta.dirname, 'client.ts'),
    platform: 'browser',
    transform: { target: 'es2022' },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  return output[0].code.replaceAll('</script', String.raw`<\/script`);
}

const control = (label: string, id: string): string =>
  `<div class="control"><span>${label}</span><div class="segments" id="${id}" role="group" aria-label="${label}"></div></div>`;

const section = (title: string, id: string, text: string, controls = ''): string =>
  `<section><header><h2>${title}</h2><div>${controls}</div>${text === '' ? '' : `<p>${text}</p>`}</header>` +
  `<div class="scroll" id="${id}"></div></section>`;

function lead({ suite, recipe }: Report): string {
  const text =
    recipe === undefined
      ? `Results of pnpm bench ${suite}. Every network of a data set saw the same samples.`
      : 'Every family of convnet, in one and two dimensions, under one recipe and one budget. Learning rates were ' +
        'chosen on validation samples by one rule that is the same for all; test samples were used once for each training.';
  return `<p class="lead">${escapeXml(text)}</p>`;
}

function facts(report: Report): string {
  const points = pointsOf(report.rows);
  const families = new Set(points.map(({ family }) => family)).size;
  const trainings = points.reduce((sum, { seeds }) => sum + seeds, 0);
  const hours =
    points.reduce((sum, { training, seeds }) => sum + (training ?? 0) * seeds, 0) / 3600;
  const list = [
    [count(points.length), 'networks'],
    [count(families), 'families'],
    [count(trainings), 'trainings'],
    [hours < 10 ? hours.toFixed(1) : count(hours), 'core-hours of training'],
  ] as const;
  return `<ul class="facts">${list.map(([value, name]) => `<li><b>${value}</b><span>${name}</span></li>`).join('')}</ul>`;
}

/** What is unfinished, above everything that it holds for. */
function notice({ rows, interrupted }: Report): string {
  const planned = rows.reduce((sum, { comparison }) => sum + (comparison?.plannedSeeds ?? 0), 0);
  const done = rows.reduce((sum, { comparison }) => sum + (comparison?.seeds.length ?? 0), 0);
  if (!interrupted && planned === done) return '';
  return (
    '<p class="notice">This run is not finished: what is shown is what it had so far. Networks that are missing, and ' +
    'seeds that are, come with the rest of it.</p>'
  );
}

function footer(report: Report): string {
  const { sessions = [], recipe, notes, attributions } = report;
  const machines = sessions.map(
    ({ date, machine, node, device, commit }) =>
      `${date.slice(0, 16).replace('T', ' ')} UTC: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ` +
      `Node ${node}; ${device}${commit === null ? '' : `; commit ${commit}`}`,
  );
  const recipeItems = Object.entries(recipe ?? {}).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const sources = attributions.map(
    ({ name, origin, licence }) => `${name}: ${origin}. Licence: ${licence}.`,
  );
  return (
    `<footer>${part('Notes', notes)}${part('Recipe', recipeItems)}${part('Machines', machines)}` +
    `${part('Data', sources)}</footer>`
  );
}

const part = (title: string, items: readonly string[]): string =>
  items.length === 0
    ? ''
    : `<h2>${title}</h2><ul>${items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
