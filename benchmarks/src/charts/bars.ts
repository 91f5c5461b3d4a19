import { logScale } from './axes.ts';
import { element, label } from './svg.ts';

/** One measured time. */
export interface Bar {
  readonly index: number;
  readonly name: string;
  readonly family: string;
  readonly backend: string;
  readonly value: number;
  readonly interval?: readonly [number, number];
}

export interface BarOptions {
  readonly width: number;
  readonly colours: ReadonlyMap<string, string>;
  /** Whether bars of more than one backend are among them, and tell which. */
  readonly namesBackends: boolean;
  /** Of the axis. */
  readonly title?: string;
}

const line = 22;
const names = 250;

/** Times as bars on a common logarithmic axis, the shortest first, with the intervals of their medians. */
export function barChart(
  bars: readonly Bar[],
  {
    width,
    colours,
    namesBackends,
    title: text = 'Milliseconds for one sample, compiled (log scale)',
  }: BarOptions,
): { readonly svg: string; readonly height: number } {
  const sorted = bars.toSorted((a, b) => a.value - b.value);
  const height = 30 + sorted.length * line + 46;
  const bottom = height - 46;
  const x = logScale(
    sorted.map(({ value }) => value),
    names,
    width - 70,
  );
  const grid = x.ticks.map(
    ({ value, text }) =>
      element('line', { class: 'grid', x1: x(value), x2: x(value), y1: 22, y2: bottom }) +
      label(text, { class: 'tick', x: x(value), y: bottom + 18, 'text-anchor': 'middle' }),
  );
  const rows = sorted.map(({ index, name, family, backend, value, interval }, i) => {
    const y = 30 + i * line;
    const middle = y + line / 2 - 2;
    const called = namesBackends ? `${name} · ${backend}` : name;
    return (
      label(called, { class: 'name', x: names - 10, y: middle + 4, 'text-anchor': 'end' }) +
      element('rect', {
        class: 'bar',
        x: names,
        y,
        width: Math.max(1, x(value) - names),
        height: line - 5,
        rx: 3,
        fill: colours.get(family)!,
        'data-index': String(index),
      }) +
      (interval === undefined
        ? ''
        : element('line', {
            class: 'interval',
            x1: Math.max(names, x(interval[0])),
            x2: x(interval[1]),
            y1: middle,
            y2: middle,
          })) +
      label(`${Number(value.toPrecision(3))}`, {
        class: 'tick',
        x: x(Math.max(value, interval?.[1] ?? 0)) + 7,
        y: middle + 4,
      })
    );
  });
  const title = label(text, {
    class: 'title',
    x: (names + width - 70) / 2,
    y: bottom + 40,
    'text-anchor': 'middle',
  });
  return { svg: grid.join('') + rows.join('') + title, height };
}
