import type { Report } from '../report/report.ts';
import type { SuiteChart } from '../suite.ts';
import { coloursOf } from './families.ts';
import { pointsOf } from './points.ts';
import { costsOf, scatter } from './scatter.ts';
import { element, label } from './svg.ts';
import { chartRules, darkVariables, lightVariables } from './theme.ts';

const title = 'Test accuracy against FLOPs';
const width = 880;
const panelHeight = 430;
/** Points a panel up to which all of them are named. */
const mostNamed = 16;

const keyLine = 24;
const keyColumn = 124;

/**
 * Test accuracy against the FLOPs of one forward pass, as a picture for light and dark pages: a panel for each data
 * set and rank. Accuracy has a plain axis; ± is the standard deviation over seeds, a hollow circle has one seed.
 */
export async function staticChart({ rows }: Pick<Report, 'rows'>): Promise<string> {
  const points = pointsOf(rows);
  const panels = [...new Set(points.map(({ panel }) => panel))];
  const colours = coloursOf([...new Set(points.map(({ family }) => family))].toSorted());
  const mostParams = Math.max(...points.map(({ params }) => params), 1);
  const named = points.length > mostNamed * panels.length ? 'several seeds' : 'all';
  const drawn = panels.map((panel, i) =>
    scatter(
      points.filter((point) => point.panel === panel),
      {
        width,
        height: panelHeight,
        cost: costsOf(true).flops,
        colours,
        mostParams,
        named,
        top: i * (panelHeight + 8),
        heading: panel,
      },
    ),
  );
  const keyTop = panels.length * (panelHeight + 8) + 14;
  const { key, height: keyHeight } = keyOf(colours, keyTop, named === 'all');
  const height = keyTop + keyHeight + 10;
  const style =
    `<style>svg{${lightVariables}}@media (prefers-color-scheme:dark){svg{${darkVariables}}}` +
    `${chartRules}</style>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${title}">` +
    `${style}${element('rect', { width, height, fill: 'var(--paper)' })}${drawn.join('')}${key}</svg>`
  );
}

/** What colours and forms mean. */
function keyOf(
  colours: ReadonlyMap<string, string>,
  top: number,
  allAreNamed: boolean,
): { readonly key: string; readonly height: number } {
  const columns = Math.floor((width - 28) / keyColumn);
  const entries = [...colours].map(([family, colour], i) => {
    const x = 20 + (i % columns) * keyColumn;
    const y = top + Math.floor(i / columns) * keyLine;
    return (
      element('circle', { class: 'dot', cx: x, cy: y, r: 6, fill: colour, stroke: colour }) +
      label(family, { class: 'tick', x: x + 12, y: y + 4 })
    );
  });
  const rows = Math.ceil(colours.size / columns);
  const last = top + rows * keyLine + 4;
  const meaning = [
    'Area of a circle: parameters. Bars: standard deviation over seeds; hollow circle: one seed; dashed edge: fewer passes.',
    'Dashed line: the best accuracy that is had for the FLOPs.' +
      (allAreNamed ? '' : ' Named: its points, and those with several seeds where there is room.'),
  ].map((text, i) => label(text, { class: 'tick', x: 14, y: last + 18 * i }));
  return {
    key: entries.join('') + meaning.join(''),
    height: rows * keyLine + 32,
  };
}

/** The picture of suites that train networks. */
export const accuracyChart: SuiteChart = { title, draw: staticChart };
