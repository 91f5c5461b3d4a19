import { scaleLinear, scaleLog } from 'd3-scale';

import { element, label } from './svg.ts';

/** A place on an axis, in pixels. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** Where a chart is drawn inside its picture. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const withTicks = (
  place: (value: number) => number,
  values: readonly number[],
  text: (value: number) => string,
): Scale =>
  Object.assign((value: number) => place(value), {
    ticks: values.map((value) => ({ value, text: text(value) })),
  });

/** 1200000 -> '1.2M'. */
export function shortNumber(value: number): string {
  const units = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const [size, unit] = units.find(([size]) => value >= size * 0.9995) ?? [1, ''];
  return `${Number((value / size).toPrecision(3))}${unit}`;
}

/** A logarithmic axis from `from` to `to` pixels that leaves room beyond the values. */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = boundsOf(values.length === 0 ? [1, 10] : values);
  const margin = Math.max((high / low) ** 0.07, 1.15);
  const scale = scaleLog([low / margin, high * margin], [from, to]);
  const [first, last] = [low / margin, high * margin];
  const powers = Array.from({ length: 30 }, (_, i) => 10 ** (i - 12));
  // 1, 2 and 5 where there are few powers of ten.
  const steps = last / first > 2000 ? [1] : last / first > 60 ? [1, 3] : [1, 2, 5];
  const ticks = powers
    .flatMap((power) => steps.map((step) => step * power))
    .filter((tick) => tick >= first && tick <= last);
  return withTicks(scale, ticks, shortNumber);
}

/** A plain axis of shares, from `from` pixels at its lower end to `to`. */
export function shareScale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = boundsOf(values.length === 0 ? [0, 1] : values);
  const margin = Math.max((high - low) * 0.08, 0.01);
  const domain = [Math.max(0, low - margin), Math.min(1, high + margin)] as const;
  const scale = scaleLinear(domain, [from, to]);
  return withTicks(scale, scale.ticks(6), (value) => `${Number((value * 100).toFixed(1))} %`);
}

/** A plain axis from 0. */
export function zeroScale(values: readonly number[], from: number, to: number): Scale {
  const scale = scaleLinear([0, Math.max(...values, 1e-9)], [from, to]);
  return withTicks(scale, scale.ticks(6), shortNumber);
}

function boundsOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Grid lines, tick labels and titles of both axes. */
export function axes(
  { left, right, top, bottom }: Frame,
  x: Scale,
  y: Scale,
  titles: { readonly x: string; readonly y: string },
): string {
  const grid = [
    ...x.ticks.map(({ value }) =>
      element('line', { class: 'grid', x1: x(value), x2: x(value), y1: top, y2: bottom }),
    ),
    ...y.ticks.map(({ value }) =>
      element('line', { class: 'grid', x1: left, x2: right, y1: y(value), y2: y(value) }),
    ),
  ];
  const texts = [
    ...x.ticks.map(({ value, text }) =>
      label(text, { class: 'tick', x: x(value), y: bottom + 18, 'text-anchor': 'middle' }),
    ),
    ...y.ticks.map(({ value, text }) =>
      label(text, { class: 'tick', x: left - 10, y: y(value) + 4, 'text-anchor': 'end' }),
    ),
    label(titles.x, {
      class: 'title',
      x: (left + right) / 2,
      y: bottom + 40,
      'text-anchor': 'middle',
    }),
    label(titles.y, { class: 'title', x: left, y: top - 12, 'text-anchor': 'start' }),
  ];
  return [
    ...grid,
    element('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
    ...texts,
  ].join('');
}
