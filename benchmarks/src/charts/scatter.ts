import { placeLabels } from '../report/label-placement.ts';
import { axes, logScale, shareScale, type Frame } from './axes.ts';
import { paretoFront, type Point } from './points.ts';
import { element, label } from './svg.ts';

/** A cost that accuracy is drawn against. */
export interface Cost {
  readonly title: string;
  /** null where it was not measured. */
  readonly of: (point: Point) => number | null;
}

export type CostName = 'flops' | 'params' | 'inference' | 'training';

/** @param ofCore whether the seconds of trainings are those of a core. */
export const costsOf = (ofCore: boolean): Readonly<Record<CostName, Cost>> => ({
  flops: {
    title: 'FLOPs of one forward pass (2 for each multiply-accumulate), log scale',
    of: ({ flops }) => flops,
  },
  params: { title: 'Parameters, log scale', of: ({ params }) => params },
  inference: {
    title: 'Milliseconds for one sample, compiled, measured, log scale',
    of: ({ inference }) => inference,
  },
  training: {
    title: `Seconds${ofCore ? ' of a core' : ''} for the whole training, measured, log scale`,
    of: ({ training }) => training,
  },
});

export interface ScatterOptions {
  readonly width: number;
  readonly height: number;
  readonly cost: Cost;
  readonly colours: ReadonlyMap<string, string>;
  /** Of the greatest circle's area; the same for panels that are compared. */
  readonly mostParams: number;
  /** Which points are named: those of the Pareto front, those with several seeds too as far as there is room, or all. */
  readonly named: 'front' | 'several seeds' | 'all';
  /** Where its corner lies in the picture. */
  readonly top?: number;
  readonly heading?: string;
}

const greatestRadius = 17;
const leastRadius = 3.5;
const fontSize = 12;

/** Around its middle a point is kept clear of names so far at least. */
const leastClear = 8;

/** Names may stand so far above the greatest accuracy of the axis. */
const aboveFrame = 16;

/** Share of a name that may lie on points and on other names before it is left out. */
const mostCovered = 0.25;

/** Accuracy against a cost: circles whose area is the number of parameters, error bars, and the Pareto front. */
export function scatter(points: readonly Point[], options: ScatterOptions): string {
  const { width, height, cost, colours, mostParams, named, top = 0, heading } = options;
  const frame: Frame = {
    left: 62,
    right: width - 20,
    top: top + (heading === undefined ? 34 : 62),
    bottom: top + height - 52,
  };
  const shown = points.flatMap((point) => {
    const value = cost.of(point);
    return value === null || value <= 0 ? [] : [{ point, value }];
  });
  const x = logScale(
    shown.map(({ value }) => value),
    frame.left,
    frame.right,
  );
  const y = shareScale(
    shown.flatMap(({ point: { accuracy, spread } }) => [
      accuracy - (spread ?? 0),
      accuracy + (spread ?? 0),
    ]),
    frame.bottom,
    frame.top,
  );
  const front = paretoFront(
    shown,
    ({ value }) => value,
    ({ point }) => point.accuracy,
  );
  const placed = shown
    .map(({ point, value }) => ({
      point,
      x: x(value),
      y: y(point.accuracy),
      radius: Math.max(leastRadius, greatestRadius * Math.sqrt(point.params / mostParams)),
    }))
    // The small ones above the great ones, so that each can be pointed at.
    .toSorted((a, b) => b.radius - a.radius);
  const isFront = new Set(front.map(({ point }) => point));
  const toName = placed.filter(
    ({ point }) =>
      named === 'all' || isFront.has(point) || (named === 'several seeds' && point.spread !== null),
  );
  const labelTop = frame.top - aboveFrame;
  const inArea = ({ x: left, y: down, radius }: Placed) => ({
    x: left - frame.left,
    y: down - labelTop,
    radius: Math.max(radius, leastClear),
  });
  const labels = placeLabels(
    toName.map((at) => ({ ...inArea(at), text: at.point.model })),
    {
      width: frame.right - frame.left,
      height: frame.bottom - labelTop,
      fontSize,
      others: placed.filter((at) => !toName.includes(at)).map(inArea),
    },
  );
  const hasRoom = ({ point }: Placed, covers: number): boolean =>
    named !== 'several seeds' || isFront.has(point) || covers <= mostCovered;
  return [
    heading === undefined ? '' : label(heading, { class: 'heading', x: 14, y: top + 24 }),
    axes(frame, x, y, { x: cost.title, y: 'Test accuracy' }),
    frontLine(front.map(({ point, value }) => [x(value), y(point.accuracy)])),
    ...placed.map((at) => errorBar(at.x, y, at.point, colours.get(at.point.family)!)),
    ...placed.map((at) => circle(at, colours.get(at.point.family)!)),
    ...labels.flatMap((at, i) =>
      hasRoom(toName[i]!, at.covers)
        ? label(toName[i]!.point.model, {
            class: 'name',
            x: at.x + frame.left,
            y: at.y + labelTop + 4,
            'text-anchor': { left: 'start', center: 'middle', right: 'end' }[at.align],
          })
        : [],
    ),
  ].join('');
}

/** Steps: at each cost the best accuracy that is had for it. */
function frontLine(corners: readonly (readonly [number, number])[]): string {
  const [first, ...rest] = corners;
  if (first === undefined) return '';
  const steps = rest.map(([x, y]) => `H${x.toFixed(1)}V${y.toFixed(1)}`);
  return element('path', {
    class: 'front',
    d: `M${first[0].toFixed(1)},${first[1].toFixed(1)}${steps.join('')}`,
  });
}

function errorBar(
  x: number,
  y: (value: number) => number,
  { accuracy, spread }: Point,
  stroke: string,
): string {
  if (spread === null) return '';
  // No accuracy lies beyond these, and the axis ends there.
  const [top, bottom] = [y(Math.min(1, accuracy + spread)), y(Math.max(0, accuracy - spread))];
  const d = `M${x - 4},${top}h8m-4,0V${bottom}m-4,0h8`.replaceAll(/\d+\.\d+/g, (digits) =>
    Number(digits).toFixed(1),
  );
  return element('path', { class: 'error', d, stroke });
}

interface Placed {
  readonly point: Point;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Filled where several seeds stand behind it, hollow with one. */
function circle({ point, x, y, radius }: Placed, colour: string): string {
  const style = point.spread === null ? 'dot single' : 'dot';
  return element('circle', {
    class: point.isCut ? `${style} cut` : style,
    cx: x,
    cy: y,
    r: radius,
    fill: colour,
    stroke: colour,
    'data-index': String(point.index),
  });
}
