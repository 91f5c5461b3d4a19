import { parse, View, type Spec } from 'vega';

import { dimensions } from './format.ts';
import { placeLabels } from './label-placement.ts';
import type { Report } from './report.ts';
import type { Row } from './row.ts';

/** Extent of a panel's plot, in pixels; its height grows with the number of its points. */
const width = 760;
const heightOf = (points: number): number => Math.min(420, 120 + 24 * points);
/** Around each plot; the axes and the title of the panel stand there. */
const margin = { left: 76, right: 24, top: 40, bottom: 34 } as const;
/** Between the outermost points and the edges of the plot. */
const room = { beside: 60, above: 28 } as const;
/** The least factor between a point and the end of its axis, for values that are all the same. */
const leastFactor = 1.02;
/** Below the last panel: the title of the common axis. */
const footer = 28;
const fontSize = 11;
/** Area of a point in square pixels, and its radius. */
const pointArea = 80;
const radius = Math.sqrt(pointArea / Math.PI);

/** Each reads well on white and on near-black, in pairs of colour and shape. */
const colours = ['#2a78d6', '#d1652a', '#1f8f5f', '#8f63d9', '#a87a00', '#c74a8a'];
const shapes = ['circle', 'triangle-up', 'square', 'diamond', 'triangle-down', 'cross'];

const light = { paper: '#ffffff', ink: '#1f2328', line: '#d9dee3' };
const dark = { paper: '#0d1117', ink: '#e6edf3', line: '#30363d' };

/** Steps between accuracies that an axis may name, and how many it should name at least. */
const tickSteps = [0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];
const fewestTicks = 4;
/** Least distance between two of them, in pixels. */
const tickDistance = 26;

/** Share of errors that stands for none: the axis is logarithmic. */
const leastError = 1e-4;

interface Point {
  readonly model: string;
  readonly series: string;
  readonly flops: number;
  readonly error: number;
}

/**
 * Test accuracy against the FLOPs of one forward pass, as SVG, for light and dark pages: a panel for each
 * data set and rank, above each other with a common horizontal axis. The vertical axes are logarithmic in the
 * share of errors, so that 99 % and 99.5 % stand apart as 80 % and 90 % do.
 */
export async function accuracyChart({ rows }: Report): Promise<string> {
  const points = rows.flatMap(pointOf);
  const series = [...new Set(points.map((point) => point.series))];
  const flops = bounds(
    points.map((point) => point.flops),
    width,
    room.beside,
  );
  const panels = await Promise.all(
    series.map((name, i) => {
      const own = points.filter((point) => point.series === name);
      return panel(name, own, flops, i === series.length - 1, i);
    }),
  );
  const total = panels.reduce((sum, { height }) => sum + height, 0);
  let top = 0;
  const placed = panels.map(({ svg, height }) => {
    const moved = svg.replace('<svg ', `<svg y="${top}" `);
    top += height;
    return moved;
  });
  const outer = margin.left + width + margin.right;
  return themed(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${outer}" height="${total}" ` +
      `viewBox="0 0 ${outer} ${total}"><rect width="${outer}" height="${total}" fill="${light.paper}"/>` +
      `${placed.join('')}</svg>`,
  );
}

interface Panel {
  readonly svg: string;
  readonly height: number;
}

/** One series; `flops` is the range of the common axis, whose title stands under the `last` panel. */
async function panel(
  name: string,
  points: readonly Point[],
  flops: readonly [number, number],
  last: boolean,
  index: number,
): Promise<Panel> {
  const height = heightOf(points.length);
  const view = new View(parse(specOf(name, points, flops, height, last, index)), {
    renderer: 'none',
  });
  await view.runAsync();
  const x = view.scale('x') as (flops: number) => number;
  const y = view.scale('y') as (error: number) => number;
  const labels = placeLabels(
    points.map(({ model, flops, error }) => ({ x: x(flops), y: y(error), text: model })),
    { width, height, fontSize, radius },
  );
  view.data(
    'labels',
    labels.map((label, i) => ({ ...label, text: points[i]!.model })),
  );
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return { svg, height: height + margin.top + margin.bottom + (last ? footer : 0) };
}

function pointOf({ model, dims, dataset, macs, accuracy }: Row): Point[] {
  if (macs === null || accuracy === null) return [];
  return [
    {
      model,
      series: `${dataset} ${dimensions(dims)}`,
      flops: 2 * macs,
      error: Math.max(leastError, 1 - accuracy),
    },
  ];
}

/** Bounds of a logarithmic axis of `length` pixels that leaves `room` pixels beyond the values at both ends. */
function bounds(values: readonly number[], length: number, room: number): [number, number] {
  if (values.length === 0) return [1, 10];
  const least = Math.min(...values);
  const greatest = Math.max(...values);
  const factor = Math.max((greatest / least) ** (room / (length - 2 * room)), leastFactor);
  return [least / factor, greatest * factor];
}

/** The shares of errors that an axis of `height` pixels names: of the coarsest step that gives enough. */
function errorTicks([low, high]: readonly [number, number], height: number): number[] {
  const place = (error: number): number => (Math.log(error / low) / Math.log(high / low)) * height;
  const lists = tickSteps.map((step) => {
    const kept: number[] = [];
    for (let i = 0; i * step < 1; i++) {
      const error = 1 - i * step;
      if (error < low || error > high) continue;
      const last = kept.at(-1);
      if (last === undefined || place(last) - place(error) >= tickDistance) kept.push(error);
    }
    return kept;
  });
  return lists.find((list) => list.length >= fewestTicks) ?? lists.at(-1)!;
}

/** 1, 2 and 5 times the powers of ten within bounds. */
function flopTicks([low, high]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);
  return powers
    .flatMap((power) => [power, 2 * power, 5 * power])
    .filter((tick) => tick >= low && tick <= high);
}

function specOf(
  name: string,
  points: readonly Point[],
  flops: readonly [number, number],
  height: number,
  last: boolean,
  index: number,
): Spec {
  const errors = bounds(
    points.map(({ error }) => error),
    height,
    room.above,
  );
  const ink = { labelColor: light.ink, titleColor: light.ink, gridColor: light.line };
  const frame = { grid: true, ticks: false, domain: false, labelPadding: 8, titlePadding: 10 };
  return {
    width,
    height,
    autosize: 'none',
    padding: { ...margin, bottom: margin.bottom + (last ? footer : 0) },
    config: {
      axis: { ...ink, labelFontSize: fontSize, titleFontSize: 12, titleFontWeight: 'normal' },
    },
    title: {
      text: name,
      anchor: 'start',
      frame: 'group',
      fontSize: 14,
      offset: 10,
      color: light.ink,
    },
    data: [{ name: 'points', values: [...points] }, { name: 'labels' }],
    scales: [
      { name: 'x', type: 'log', domain: [...flops], range: 'width' },
      { name: 'y', type: 'log', domain: errors, reverse: true, range: 'height' },
    ],
    axes: [
      {
        ...frame,
        orient: 'bottom',
        scale: 'x',
        ...(last
          ? { title: 'FLOPs of one forward pass (2 per multiply-accumulate, log scale)' }
          : {}),
        values: flopTicks(flops),
        encode: { labels: { update: { text: { signal: "format(datum.value, '~s')" } } } },
      },
      {
        ...frame,
        orient: 'left',
        scale: 'y',
        title: 'Test accuracy',
        titleX: -58,
        values: errorTicks(errors, height),
        encode: {
          labels: {
            update: { text: { signal: "format((1 - datum.value) * 100, '.4~') + ' %'" } },
          },
        },
      },
    ],
    marks: [
      {
        type: 'symbol',
        name: 'dots',
        from: { data: 'points' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'flops' },
            y: { scale: 'y', field: 'error' },
            fill: { value: colours[index % colours.length]! },
            shape: { value: shapes[index % shapes.length]! },
            size: { value: pointArea },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'labels' },
        encode: {
          enter: {
            x: { field: 'x' },
            y: { field: 'y' },
            text: { field: 'text' },
            align: { field: 'align' },
            baseline: { value: 'middle' },
            fontSize: { value: fontSize },
            fill: { value: light.ink },
          },
        },
      },
    ],
  };
}

/** Adds the colours of a dark page: style rules go before the attributes that Vega writes. */
function themed(svg: string): string {
  const style =
    '<style>text{font-family:system-ui,sans-serif}' +
    `@media (prefers-color-scheme:dark){text{fill:${dark.ink}}line{stroke:${dark.line}}` +
    `[fill="${light.paper}"]{fill:${dark.paper}}}</style>`;
  return svg.replace(/^<svg[^>]*>/, (open) => `${open}${style}`);
}
