import { axes, shareScale, zeroScale, type Frame } from './axes.ts';
import { element, label } from './svg.ts';

/** One training over its passes. */
export interface Curve {
  /** Position of the row in the report. */
  readonly index: number;
  readonly name: string;
  readonly family: string;
  readonly values: readonly (readonly [x: number, accuracy: number])[];
}

export interface CurveOptions {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly colours: ReadonlyMap<string, string>;
}

/** Validation accuracy over passes or time: a line for each training, the best ones with their names. */
export function curveChart(curves: readonly Curve[], options: CurveOptions): string {
  const { width, height, title, colours } = options;
  const frame: Frame = { left: 62, right: width - 250, top: 34, bottom: height - 52 };
  const all = curves.flatMap(({ values }) => values);
  const x = zeroScale(
    all.map(([value]) => value),
    frame.left,
    frame.right,
  );
  const y = shareScale([0, ...all.map(([, accuracy]) => accuracy)], frame.bottom, frame.top);
  const lines = curves.map(({ index, family, values }) =>
    element('path', {
      class: 'curve',
      'data-index': String(index),
      stroke: colours.get(family)!,
      d: values
        .map(
          ([at, accuracy], i) =>
            `${i === 0 ? 'M' : 'L'}${x(at).toFixed(1)},${y(accuracy).toFixed(1)}`,
        )
        .join(''),
    }),
  );
  return (
    axes(frame, x, y, { x: title, y: 'Validation accuracy' }) +
    lines.join('') +
    endNames(curves, frame.right + 8, y).join('')
  );
}

const nameDistance = 15;
const mostNames = 14;

/** Names beside the ends of the best lines, moved apart where they would touch; one for each row. */
function endNames(curves: readonly Curve[], left: number, y: (value: number) => number): string[] {
  const seen = new Set<number>();
  const best = curves
    .filter(({ values }) => values.length > 0)
    .toSorted((a, b) => b.values.at(-1)![1] - a.values.at(-1)![1])
    .filter(({ index }) => !seen.has(index) && seen.add(index))
    .slice(0, mostNames);
  let last = Number.NEGATIVE_INFINITY;
  return best.map(({ name, values, index }) => {
    last = Math.max(last + nameDistance, y(values.at(-1)![1]));
    return label(name, { class: 'name end', x: left, y: last + 4, 'data-index': String(index) });
  });
}
