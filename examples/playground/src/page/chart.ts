import { svgElement } from './dom.ts';
import { decimalsOf, ticks } from './ticks.ts';

export type Point = readonly [x: number, y: number];

/** A line of a chart. */
export interface Series {
  readonly points: readonly Point[];
  /** The first is drawn in the accent colour, the second dashed in the colour of the text. */
  readonly role: 'first' | 'second';
  /** Marks each point. */
  readonly dots?: boolean;
}

export interface ChartOptions {
  /** What is along the horizontal axis. */
  readonly unit: string;
  /** Greatest value that the vertical axis shows at least. */
  readonly least: number;
  /** Whether the vertical axis ends at `least`. */
  readonly fixed?: boolean;
}

const margin = { left: 40, right: 10, top: 8, bottom: 36 };

/** Points of a line at most: more cannot be told apart. */
const mostPoints = 400;

/** A chart of lines over steps that fills its element, and is drawn anew when that changes its size. */
export class Chart {
  readonly #container: HTMLElement;
  readonly #options: ChartOptions;
  #series: readonly Series[] = [];
  #description = '';
  #isDue = false;

  constructor(container: HTMLElement, options: ChartOptions) {
    this.#container = container;
    this.#options = options;
    new ResizeObserver(() => this.#drawSoon()).observe(container);
  }

  /** @param description what it says, for those who do not see it. */
  show(series: readonly Series[], description: string): void {
    this.#series = series;
    this.#description = description;
    this.#drawSoon();
  }

  /** Once a frame; in a tab that nobody looks at, when it is looked at again. */
  #drawSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#container;
    if (width === 0) return;
    const { least, fixed = false, unit } = this.#options;
    const points = this.#series.flatMap((series) => series.points);
    const right = Math.max(10, ...points.map(([x]) => x));
    const highest = fixed ? least : Math.max(least, ...points.map(([, y]) => y));
    const across = ticks(right, Math.max(2, Math.floor(width / 65)));
    const up = ticks(highest, 4);
    const place = {
      x: (x: number): number => margin.left + (x / right) * (width - margin.left - margin.right),
      y: (y: number): number =>
        height - margin.bottom - (y / up.at(-1)!) * (height - margin.top - margin.bottom),
    };
    const drawing = svgElement(
      'svg',
      {
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': this.#description,
      },
      ...up.flatMap((y) => this.#horizontal(y, up, place, width)),
      ...across.filter((x) => x <= right).flatMap((x) => this.#vertical(x, place, height)),
      svgElement('text', { x: width - margin.right, y: height - 2, 'text-anchor': 'end' }, unit),
      ...this.#series.flatMap((series) => drawSeries(series, place)),
    );
    this.#container.replaceChildren(drawing);
  }

  #horizontal(y: number, all: readonly number[], place: Place, width: number): SVGElement[] {
    const at = place.y(y);
    const line = { x1: margin.left, x2: width - margin.right, y1: at, y2: at };
    return [
      svgElement('line', { ...line, class: y === 0 ? 'axis' : 'grid' }),
      svgElement(
        'text',
        { x: margin.left - 8, y: at + 4, 'text-anchor': 'end' },
        y.toFixed(decimalsOf(all)),
      ),
    ];
  }

  #vertical(x: number, place: Place, height: number): SVGElement[] {
    const at = place.x(x);
    const bottom = height - margin.bottom;
    return [
      svgElement('line', { x1: at, x2: at, y1: bottom, y2: bottom + 4, class: 'axis' }),
      svgElement(
        'text',
        { x: at, y: bottom + 17, 'text-anchor': 'middle' },
        x.toLocaleString('en-US'),
      ),
    ];
  }
}

interface Place {
  x(value: number): number;
  y(value: number): number;
}

function drawSeries({ points, role, dots = false }: Series, place: Place): SVGElement[] {
  const few = thinned(points);
  const path = few
    .map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${place.x(x).toFixed(1)} ${place.y(y).toFixed(1)}`)
    .join('');
  const line = svgElement('path', { d: path || 'M0 0', class: role });
  if (!dots && few.length > 1) return [line];
  const marks = few.map(([x, y]) =>
    svgElement('circle', { cx: place.x(x), cy: place.y(y), r: 3, class: role }),
  );
  return [line, ...marks];
}

/** Means of neighbours, where there are more points than can be told apart. */
export function thinned(points: readonly Point[]): readonly Point[] {
  const group = Math.ceil(points.length / mostPoints);
  if (group <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / group) }, (_, i) => {
    const part = points.slice(i * group, (i + 1) * group);
    const mean = part.reduce((sum, [, y]) => sum + y, 0) / part.length;
    return [part.at(-1)![0], mean] as const;
  });
}
