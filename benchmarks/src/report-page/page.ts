import { escapeXml } from '@convnet/tensor-core';

import { pointsOf } from '../charts/points.ts';
import { isOfCore } from './is-of-core.ts';
import { count } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import type { Row } from '../report/row.ts';
import { control, reportDocument, section } from './document.ts';

/** A report as one page of HTML that needs nothing else: data, charts, filters and what a pointer shows. */
export function reportPage(report: Report): Promise<string> {
  return reportDocument(report, {
    title: 'convnet: accuracy against FLOPs',
    heading: 'Which architecture gives the most accuracy for its FLOPs?',
    client: 'client.ts',
    content: `${lead(report)}
${facts(report)}
${notice(report)}
<div class="filters">
${control('data', 'panel')}
${control('backend', 'backend')}
<div class="control"><div class="chips" id="families" role="group" aria-label="families"></div></div>
</div>
${section('Accuracy against cost', 'main-chart', 'Circle area: parameters. Bars: standard deviation over seeds; hollow circle: one seed; dashed edge: fewer passes, for the budget. Dashed line: the best accuracy that is had for the cost.', control('against', 'cost') + control('names', 'named'))}
${section('Accuracy against measured time', 'time-chart', `On the machine and the device named below; ${threadsOf(report)}.`, control('time of', 'time'))}
${section('How they learn', 'curve-chart', 'Accuracy on validation samples, which neither train nor test, after each pass.', control('over', 'curve'))}
${section('Latency', 'bar-chart', 'One sample through the compiled network: medians, and the intervals that they are known within.')}
${section('All numbers', 'table', '')}`,
  });
}

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
    [
      hours < 10 ? hours.toFixed(1) : count(hours),
      isOfCore(report) ? 'core-hours for these trainings' : 'hours of training',
    ],
  ] as const;
  return `<ul class="facts">${list.map(([value, name]) => `<li><b>${value}</b><span>${name}</span></li>`).join('')}</ul>`;
}

/** 'one thread', '2 threads', or '1 or 2 threads'. */
function threadsOf({ rows }: Report): string {
  const counts = [...new Set(rows.map(({ threads }) => threads))].toSorted((a, b) => a - b);
  return counts.join() === '1' ? 'one thread' : `${counts.join(' or ')} threads`;
}

/** What is unfinished, above everything that it holds for. */
function notice({ rows, interrupted }: Report): string {
  const planned = rows.reduce((sum, { comparison }) => sum + (comparison?.plannedSeeds ?? 0), 0);
  // One that failed does not come with the rest.
  const ended = ({ comparison }: Row): number =>
    (comparison?.seeds.length ?? 0) + (comparison?.failedSeeds?.length ?? 0);
  const done = rows.reduce((sum, row) => sum + ended(row), 0);
  if (!interrupted && planned === done) return '';
  return (
    '<p class="notice">This run is not finished: what is shown is what it had so far. Networks that are missing, and ' +
    'seeds that are, come with the rest of it.</p>'
  );
}
