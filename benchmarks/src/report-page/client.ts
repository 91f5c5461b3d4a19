import { barChart } from '../charts/bars.ts';
import { curveChart, type Curve } from '../charts/curves.ts';
import { coloursOf } from '../charts/families.ts';
import { pointsOf, type Point } from '../charts/points.ts';
import { costsOf, scatter, type CostName } from '../charts/scatter.ts';
import type { Report } from '../report/report.ts';
import { isOfCore } from './is-of-core.ts';
import { choice, find, followPointer, put } from './controls.ts';
import { tableOf } from './results-table.ts';
import { tooltipOf } from './tooltip.ts';

/** What runs inside of the page of a report: filters, charts and what a pointer shows. */

const report = JSON.parse(document.querySelector('#report')!.textContent) as Report;
const points = pointsOf(report.rows);
const panels = [...new Set(points.map(({ panel }) => panel))];
const families = [...new Set(points.map(({ family }) => family))].toSorted();
const backends = [...new Set(points.map(({ backend }) => backend))];
const colours = coloursOf(families);
const costs = costsOf(isOfCore(report));
const mostParams = Math.max(...points.map(({ params }) => params), 1);

/** What the reader chose. */
const chosen = {
  panel: panels[0] ?? '',
  cost: 'flops' as CostName,
  time: 'training' as 'training' | 'inference',
  curve: 'epoch' as 'epoch' | 'time',
  named: 'front' as 'front' | 'all',
  backend: 'all',
  families: new Set(families),
};

const shown = (): Point[] =>
  points.filter(
    ({ panel, family, backend }) =>
      panel === chosen.panel &&
      chosen.families.has(family) &&
      (chosen.backend === 'all' || backend === chosen.backend),
  );

const width = 1000;

function drawScatters(): void {
  const some = shown();
  const draw = (selector: string, cost: CostName, height: number, label: string) => {
    const measured = some.filter((point) => costs[cost].of(point) !== null);
    const options = { width, height, cost: costs[cost], colours, mostParams, named: chosen.named };
    put(selector, width, height, measured.length === 0 ? '' : scatter(measured, options), label);
  };
  draw('#main-chart', chosen.cost, 560, 'Test accuracy against cost');
  draw('#time-chart', chosen.time, 460, 'Test accuracy against measured time');
}

function curvesOf(some: readonly Point[]): Curve[] {
  return some.flatMap(({ index, model, family }) =>
    (report.rows[index]!.comparison?.seeds ?? []).map(({ curve }) => ({
      index,
      name: model,
      family,
      values: curve.map(
        ({ epoch, coreSeconds, validationAccuracy }) =>
          [chosen.curve === 'epoch' ? epoch : coreSeconds, validationAccuracy] as const,
      ),
    })),
  );
}

function drawCurves(): void {
  const curves = curvesOf(shown());
  const title = chosen.curve === 'epoch' ? 'Passes over the training samples' : 'Seconds of a core';
  const options = { width, height: 460, title, colours };
  put('#curve-chart', width, 460, curves.length === 0 ? '' : curveChart(curves, options), title);
}

function drawBars(): void {
  const bars = shown().flatMap(({ index, model, family, backend, inference }) => {
    if (inference === null) return [];
    const { comparison, onDevice } = report.rows[index]!;
    const interval = (comparison ?? onDevice)?.inference.interval;
    const bar = { index, name: model, family, backend, value: inference };
    return [interval === undefined ? bar : { ...bar, interval }];
  });
  const namesBackends = new Set(bars.map(({ backend }) => backend)).size > 1;
  const { svg, height } = barChart(bars, { width, colours, namesBackends });
  put('#bar-chart', width, height, bars.length === 0 ? '' : svg, 'Latency');
}

function draw(): void {
  drawScatters();
  drawCurves();
  drawBars();
  find('#table').innerHTML = tableOf(report.rows, shown(), colours);
}

/** A chip for each family: a click hides it or shows it again, a double click shows it alone. */
function familyChips(): void {
  const group = find('#families');
  const paint = (): void => {
    for (const chip of group.querySelectorAll('button')) {
      chip.setAttribute('aria-pressed', String(chosen.families.has(chip.textContent)));
    }
  };
  const choose = (names: readonly string[]): void => {
    chosen.families = new Set(names.length === 0 ? families : names);
    paint();
    draw();
  };
  for (const family of families) {
    const chip = document.createElement('button');
    chip.type = 'button';
    chip.className = 'chip';
    chip.textContent = family;
    chip.style.setProperty('--colour', colours.get(family)!);
    chip.addEventListener('click', () => {
      const others = [...chosen.families].filter((name) => name !== family);
      choose(chosen.families.has(family) ? others : [...others, family]);
    });
    chip.addEventListener('dblclick', () => choose([family]));
    group.append(chip);
  }
  paint();
}

/** Buttons that draw the charts anew. */
function drawnChoice<Value extends string>(
  selector: string,
  values: readonly (readonly [Value, string])[],
  get: () => Value,
  set: (value: Value) => void,
): void {
  choice(selector, values, get, (value) => {
    set(value);
    draw();
  });
}

drawnChoice(
  '#panel',
  panels.map((panel) => [panel, panel] as const),
  () => chosen.panel,
  (value) => (chosen.panel = value),
);
drawnChoice(
  '#backend',
  ['all', ...(backends.length > 1 ? backends : [])].map((name) => [name, name] as const),
  () => chosen.backend,
  (value) => (chosen.backend = value),
);
drawnChoice(
  '#cost',
  [
    ['flops', 'FLOPs'],
    ['params', 'parameters'],
  ],
  () => chosen.cost as 'flops' | 'params',
  (value) => (chosen.cost = value),
);
drawnChoice(
  '#named',
  [
    ['front', 'front'],
    ['all', 'all'],
  ],
  () => chosen.named,
  (value) => (chosen.named = value),
);
drawnChoice(
  '#time',
  [
    ['training', 'training'],
    ['inference', 'inference'],
  ],
  () => chosen.time,
  (value) => (chosen.time = value),
);
drawnChoice(
  '#curve',
  [
    ['epoch', 'passes'],
    ['time', 'time'],
  ],
  () => chosen.curve,
  (value) => (chosen.curve = value),
);
familyChips();
followPointer((index) => {
  const point = points.find((other) => other.index === index);
  if (point === undefined) return null;
  return tooltipOf(point, report.rows[point.index]!, colours.get(point.family)!);
});
draw();
