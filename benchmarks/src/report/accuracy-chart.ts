import { parse, View, type Spec } from 'vega';

import { dimensions } from './format.ts';
import { placeLabels } from './label-placement.ts';
import type { Report } from './report.ts';
import type { Row } from './row.ts';

const width = 720;
const height = 420;
const fontSize = 11;
/** Area of a point in square pixels, and its radius. */
const pointArea = 80;
const radius = Math.sqrt(pointArea / Math.PI);

/** Each reads well on white and on near-black, in pairs of colour and shape. */
const colours = ['#2a78d6', '#d1652a', '#1f8f5f', '#8f63d9', '#a87a00', '#c74a8a'];
const shapes = ['circle', 'triangle-up', 'square', 'diamond', 'triangle-down', 'cross'];

const light = { paper: '#ffffff', ink: '#1f2328', line: '#d9dee3' };
const dark = { paper: '#0d1117', ink: '#e6edf3', line: '#30363d' };

/** Accuracies that the axis may name. */
const ticks = [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998];

/** Share of errors that stands for none: the axis is logarithmic. */
const leastError = 1e-4;

interface Point {
  readonly model: string;
  readonly series: string;
  readonly flops: number;
  readonly error: number;
}

/**
 * Test accuracy against the FLOPs of one forward pass, as SVG, for light and dark pages. The vertical axis
 * is logarithmic in the share of errors, so that 99 % and 99.5 % stand apart as 80 % and 90 % do.
 */
export async function accuracyChart({ rows }: Report): Promise<string> {
  const points = rows.flatMap(pointOf);
  const view = new View(parse(specOf(points)), { renderer: 'none' });
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
  return themed(svg);
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

/** Bounds that leave some room round positive values. */
function bounds(values: readonly number[], room: number): [number, number] {
  return values.length === 0 ? [1, 10] : [Math.min(...values) / room, Math.max(...values) * room];
}

/** 1, 2 and 5 times the powers of ten within bounds. */
function flopTicks([low, high]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);
  return powers
    .flatMap((power) => [power, 2 * power, 5 * power])
    .filter((tick) => tick >= low && tick <= high);
}

function specOf(points: readonly Point[]): Spec {
  const series = [...new Set(points.map(({ series }) => series))];
  const errors = bounds(
    points.map(({ error }) => error),
    1.25,
  );
  const flops = bounds(
    points.map((point) => point.flops),
    2,
  );
  const axis = { labelColor: light.ink, titleColor: light.ink, gridColor: light.line };
  return {
    background: light.paper,
    width,
    height,
    padding: 12,
    config: {
      axis: { ...axis, labelFontSize: fontSize, titleFontSize: 12, titleFontWeight: 'normal' },
    },
    data: [{ name: 'points', values: [...points] }, { name: 'labels' }],
    scales: [
      {
        name: 'x',
        type: 'log',
        domain: flops,
        range: 'width',
      },
      { name: 'y', type: 'log', domain: errors, reverse: true, range: 'height' },
      { name: 'colour', type: 'ordinal', domain: series, range: colours },
      { name: 'shape', type: 'ordinal', domain: series, range: shapes },
    ],
    axes: [
      {
        orient: 'bottom',
        scale: 'x',
        title: 'FLOPs of one forward pass (2 per multiply-accumulate, log scale)',
        titlePadding: 10,
        values: flopTicks(flops),
        encode: { labels: { update: { text: { signal: "format(datum.value, '~s')" } } } },
        grid: true,
        ticks: false,
        domain: false,
        labelPadding: 8,
      },
      {
        orient: 'left',
        scale: 'y',
        title: 'Test accuracy (log scale of the errors)',
        titlePadding: 10,
        values: ticks.map((tick) => 1 - tick).filter((e) => e >= errors[0] && e <= errors[1]),
        encode: {
          labels: { update: { text: { signal: "format((1 - datum.value) * 100, '~') + ' %'" } } },
        },
        grid: true,
        ticks: false,
        domain: false,
        labelPadding: 8,
      },
    ],
    legends: [
      {
        fill: 'colour',
        shape: 'shape',
        orient: 'top',
        direction: 'horizontal',
        symbolSize: pointArea,
        labelColor: light.ink,
        labelFontSize: 12,
        columns: 4,
        columnPadding: 24,
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
            fill: { scale: 'colour', field: 'series' },
            shape: { scale: 'shape', field: 'series' },
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
