import { nameOf } from '../report/failures.ts';
import { fixed } from '../report/format.ts';
import { geometricMean } from '../report/geometric-mean.ts';
import { rowsByPeer, type ComparedRow } from '../report/peer-rows.ts';
import type { Report } from '../report/report.ts';
import type { Timing } from '../report/row.ts';
import type { SuiteChart } from '../suite.ts';
import { logScale } from './axes.ts';
import { seriesColours } from './families.ts';
import { element, label } from './svg.ts';
import { chartRules, darkVariables, lightVariables } from './theme.ts';

const width = 880;
const left = 190;
const right = width - 40;
const top = 66;
const line = 24;

/** A network beside one peer. */
interface Beside {
  readonly network: string;
  readonly peer: string;
  /** Median time of the peer over ours: above 1, convnet is faster. */
  readonly ratio: number;
  /** What the intervals of both medians allow, where they are known. */
  readonly interval: readonly [number, number] | null;
}

/**
 * How many times as long as convnet each peer takes for each network, on a logarithmic axis, as a picture for light and
 * dark pages; none where no row has a peer. A line through a point is what the intervals of both medians allow.
 */
export const ratioChart = (title: string): SuiteChart => ({
  title,
  draw: (report) => drawRatios(report, title),
});

function drawRatios(
  { rows, date, device }: Pick<Report, 'rows' | 'date' | 'device'>,
  heading: string,
): string | undefined {
  const byPeer = rowsByPeer(rows);
  const all = [...byPeer].flatMap(([peer, those]) => those.map((row) => besideOf(peer, row)));
  if (all.length === 0) return undefined;
  const networks = [...new Set(all.map(({ network }) => network))];
  const peers = [...byPeer.keys()];
  const bottom = top + networks.length * line;
  const x = logScale(
    [1, ...all.flatMap(({ ratio, interval }) => interval ?? [ratio])],
    left,
    right,
  );
  const grid = x.ticks.map(
    ({ value, text }) =>
      element('line', { class: 'grid', x1: x(value), x2: x(value), y1: top, y2: bottom }) +
      label(text, { class: 'tick', x: x(value), y: bottom + 18, 'text-anchor': 'middle' }),
  );
  const equal = element('line', { class: 'front', x1: x(1), x2: x(1), y1: top - 6, y2: bottom });
  const height = bottom + 46 + peers.length * 20 + 12;
  const middleOf = (network: string): number => top + (networks.indexOf(network) + 0.5) * line;
  const names = networks.map((network) =>
    label(network, { class: 'name', x: left - 12, y: middleOf(network) + 4, 'text-anchor': 'end' }),
  );
  const points = all.map((beside) => point(beside, middleOf(beside.network), x, peers));
  const key = peers.map((peer, i) => {
    const ratios = all.filter((beside) => beside.peer === peer).map(({ ratio }) => ratio);
    const y = bottom + 46 + i * 20;
    return (
      element('circle', { class: 'dot', cx: left + 6, cy: y, r: 5.5, ...paint(i) }) +
      label(
        `${peer}: geometric mean ${fixed(geometricMean(ratios))} ` +
          `(${fixed(Math.min(...ratios))} to ${fixed(Math.max(...ratios))})`,
        { class: 'tick', x: left + 20, y: y + 4 },
      )
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${heading}">` +
    `<style>svg{${lightVariables}}@media (prefers-color-scheme:dark){svg{${darkVariables}}}${chartRules}</style>` +
    element('rect', { width, height, fill: 'var(--paper)' }) +
    label(heading, { class: 'heading', x: 14, y: 24 }) +
    label(`${device}, ${date.slice(0, 10)}`, { class: 'title', x: 14, y: 43 }) +
    label('convnet is faster →', { class: 'tick', x: x(1) + 8, y: top - 8 }) +
    label('← slower', { class: 'tick', x: x(1) - 8, y: top - 8, 'text-anchor': 'end' }) +
    [...grid, equal, ...names, ...points, ...key].join('') +
    '</svg>'
  );
}

function besideOf(peer: string, { ms, peer: theirs, ratio, ...row }: ComparedRow): Beside {
  const interval = ms === null ? null : intervalOf(theirs.ms, ms);
  return { network: nameOf(row), peer, ratio, interval };
}

function intervalOf(theirs: Timing, ours: Timing): readonly [number, number] | null {
  if (theirs.interval === undefined || ours.interval === undefined) return null;
  return [theirs.interval[0] / ours.interval[1], theirs.interval[1] / ours.interval[0]];
}

const paint = (peer: number): { readonly fill: string; readonly stroke: string } => {
  const colour = seriesColours[peer % seriesColours.length]!;
  return { fill: colour, stroke: colour };
};

function point(
  { network, peer, ratio, interval }: Beside,
  y: number,
  x: (value: number) => number,
  peers: readonly string[],
): string {
  const colours = paint(peers.indexOf(peer));
  const title = element('title', {}, `${network}: ${fixed(ratio)} times as long with ${peer}`);
  return (
    (interval === null
      ? ''
      : element('line', {
          class: 'error',
          x1: x(interval[0]),
          x2: x(interval[1]),
          y1: y,
          y2: y,
          stroke: colours.stroke,
        })) + element('circle', { class: 'dot', cx: x(ratio), cy: y, r: 5.5, ...colours }, title)
  );
}
