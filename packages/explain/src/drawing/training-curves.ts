import { drawingKinds } from '../kinds.ts';
import {
  ArgumentError,
  aBoolean,
  anObject,
  checkOptions,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { scaleLinear, scaleLog } from 'd3-scale';

import { Drawing, margin, round, type DrawingOptions } from './svg.ts';

/** What is drawn of an epoch: what `fit` reports, or part of it. JSON has null for numbers that are not finite. */
export interface EpochNumbers {
  readonly epoch: number;
  readonly loss: number | null;
  readonly values?: Readonly<Record<string, number | null>>;
  readonly test?: EvaluatedNumbers | null;
  /** Of training samples; see `trainTest` of `fit`. */
  readonly trainTest?: EvaluatedNumbers | null;
}

interface EvaluatedNumbers {
  readonly loss?: number | null;
  readonly accuracy?: number | null;
  readonly metrics?: Readonly<Record<string, number | null>>;
}

export interface TrainingCurvesOptions extends DrawingOptions {
  /** Draws losses, where all are above 0, on a logarithmic scale. Default false. */
  readonly logLoss?: boolean;
}

const trainingCurvesOptions = optionKinds<TrainingCurvesOptions>({
  ...drawingKinds,
  logLoss: aBoolean,
});

const isNumberOrNone = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === 'number';
const areNumbers = (values: unknown): boolean =>
  values === undefined ||
  (anObject.accepts(values) && Object.values(values!).every(isNumberOrNone));

function isEpochNumbers(value: unknown): boolean {
  const { epoch, loss, values, test } = (value ?? {}) as Partial<EpochNumbers>;
  const { loss: testLoss, accuracy, metrics } = test ?? {};
  return (
    typeof epoch === 'number' &&
    [loss, testLoss, accuracy].every(isNumberOrNone) &&
    areNumbers(values) &&
    areNumbers(metrics)
  );
}

const someEpochs: Kind = {
  expected: 'a list of the reports of epochs, { epoch, loss, … }, or the text of their JSON lines',
  accepts: (value) => Array.isArray(value) && value.every(isEpochNumbers),
};

interface Point {
  readonly epoch: number;
  readonly value: number;
}

interface Curve {
  readonly name: string;
  readonly role: 'first' | 'second';
  readonly points: readonly Point[];
}

interface Panel {
  readonly name: string;
  readonly curves: readonly Curve[];
  /** Whether the best is the least. */
  readonly isLoss: boolean;
}

const panel = { width: 300, height: 200 };
/** Room for the numbers left of a panel, for its name above and for the epochs below. */
const room = { left: 46, top: 26, bottom: 34, between: 30 };

/**
 * How a training went, as SVG: losses of training and test, and a panel for each further number. Epochs whose numbers are
 * not finite leave a gap.
 *
 * @param history the reports of `fit`, or the text of its JSON lines, of which a broken last line is passed over
 * @throws ArgumentError where there is no epoch in it, or a line is no JSON.
 */
export function trainingCurves(
  history: readonly EpochNumbers[] | string,
  options: TrainingCurvesOptions = {},
): string {
  const where = 'trainingCurves';
  checkOptions(where, options, trainingCurvesOptions);
  const { logLoss = false } = options;
  const drawing = new Drawing(options);
  const epochs = typeof history === 'string' ? parseLines(where, history) : history;
  requireKind(where, 'history', epochs, someEpochs);
  if (epochs.length === 0) {
    throw new ArgumentError(`${where}: expected the reports of at least one epoch, got none`);
  }
  const panels = panelsOf(epochs);
  const across = Math.min(3, panels.length);
  const cell = {
    width: room.left + panel.width + room.between,
    height: room.top + panel.height + room.bottom,
  };
  const parts = panels.map((found, i) => {
    const x = margin + (i % across) * cell.width + room.left;
    const y = drawing.top + Math.floor(i / across) * (cell.height + 12) + room.top;
    return drawPanel(drawing, found, x, y, logLoss);
  });
  const rows = Math.ceil(panels.length / across);
  const width = across * cell.width - room.between + 2 * margin;
  return drawing.document(width, drawing.top + rows * (cell.height + 12) + 8, parts);
}

/** The epochs in a text of JSON lines. */
function parseLines(where: string, text: string): EpochNumbers[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    let found: unknown;
    try {
      // A mark of the encoding in front counts as a blank.
      found = JSON.parse(line.trim());
    } catch (cause) {
      // A run that was interrupted leaves part of a line.
      if (i === lines.length - 1) return [];
      throw new ArgumentError(`${where}: line ${i + 1} is no JSON: ${line.slice(0, 60)}`, {
        cause,
      });
    }
    const isEpoch = (found as { readonly event?: unknown } | null)?.event === 'epoch';
    return isEpoch ? [found as EpochNumbers] : [];
  });
}

function panelsOf(epochs: readonly EpochNumbers[]): Panel[] {
  const curve = (
    name: string,
    role: Curve['role'],
    read: (epoch: EpochNumbers) => number | null | undefined,
  ): Curve => ({
    name,
    role,
    points: epochs.map((epoch) => ({ epoch: epoch.epoch, value: read(epoch) ?? NaN })),
  });
  const namesIn = (read: (epoch: EpochNumbers) => object | undefined): string[] => [
    ...new Set(epochs.flatMap((epoch) => Object.keys(read(epoch) ?? {}))),
  ];
  const metrics = namesIn(({ test, trainTest }) => ({ ...trainTest?.metrics, ...test?.metrics }));
  const values = namesIn((epoch) => epoch.values);
  const panels: Panel[] = [
    {
      name: 'loss',
      isLoss: true,
      curves: [
        curve('training', 'first', ({ loss }) => loss),
        curve('test', 'second', ({ test }) => test?.loss),
      ],
    },
    {
      name: 'accuracy',
      isLoss: false,
      curves: [
        curve('training', 'first', ({ trainTest }) => trainTest?.accuracy),
        curve('test', 'second', ({ test }) => test?.accuracy),
      ],
    },
    ...[...new Set([...values, ...metrics])].map((name) => ({
      name,
      isLoss: /loss|error|^mae$|^rmse$|^mse$/i.test(name),
      curves: [
        curve(
          'training',
          'first',
          ({ values: own, trainTest }) => own?.[name] ?? trainTest?.metrics?.[name],
        ),
        curve('test', 'second', ({ test }) => test?.metrics?.[name]),
      ],
    })),
  ];
  return panels
    .map((found) => ({ ...found, curves: found.curves.filter(isSeen) }))
    .filter(({ name, curves }) => name === 'loss' || curves.length > 0);
}

function isSeen({ points }: Curve): boolean {
  return points.some(({ value }) => Number.isFinite(value));
}

function drawPanel(
  drawing: Drawing,
  { name, curves, isLoss }: Panel,
  left: number,
  top: number,
  logLoss: boolean,
): string {
  const { width, height } = panel;
  const points = curves.flatMap((curve) =>
    curve.points.filter(({ value }) => Number.isFinite(value)),
  );
  const heading = drawing.text(left, top - 12, name, { size: 13, bold: true });
  if (points.length === 0) {
    return heading + drawing.text(left, top + 20, 'no finite number', { role: 'soft' });
  }
  const epochs = points.map(({ epoch }) => epoch);
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = high > low ? 0 : Math.abs(high) * 0.05 || 0.5;
  const isLog = logLoss && isLoss && low > 0;
  const x = scaleLinear(first === last ? [first - 0.5, last + 0.5] : [first, last], [
    left,
    left + width,
  ]);
  const range = [top + height, top];
  const y = isLog
    ? scaleLog([low / (pad ? 1.1 : 1), high * (pad ? 1.1 : 1)], range).nice()
    : scaleLinear([low - pad, high + pad], range).nice();
  const levels = y.ticks(5);
  const label = y.tickFormat(5);
  const rules = levels.map(
    (level) =>
      `<path d="M${round(left)} ${round(y(level))}h${width}" ${drawing.stroke('rule')}/>` +
      drawing.text(left - 8, y(level) + 4, label(level), { role: 'soft', anchor: 'end', size: 11 }),
  );
  const ticks = x
    .ticks(Math.min(6, last - first + 1))
    .filter(Number.isInteger)
    .map((epoch) =>
      drawing.text(x(epoch), top + height + 17, String(epoch), {
        role: 'soft',
        anchor: 'middle',
        size: 11,
      }),
    );
  const axis = drawing.text(left + width, top + height + 31, 'epoch', {
    role: 'soft',
    anchor: 'end',
    size: 11,
  });
  let beside = left + width;
  // From the right, the last curve first.
  const legend = curves.map((_, i) => {
    const curve = curves[curves.length - 1 - i]!;
    const end = beside;
    beside -= 5.6 * curve.name.length + 30;
    return (
      drawing.text(end, top - 12, curve.name, { anchor: 'end', size: 11 }) +
      `<path d="M${round(beside + 8)} ${top - 16}h14" stroke-width="2.5" ${dashed(curve)} ${drawing.stroke(curve.role)}/>`
    );
  });
  const lines = curves.map((curve) => drawCurve(drawing, curve, x, y, isLoss));
  return [heading, ...legend, ...rules, ...ticks, axis, ...lines].join('');
}

/** Told apart in black and white too. */
function dashed({ role }: Curve): string {
  return role === 'first' ? 'stroke-dasharray="5 3"' : '';
}

function drawCurve(
  drawing: Drawing,
  curve: Curve,
  x: (epoch: number) => number,
  y: (value: number) => number,
  isLoss: boolean,
): string {
  const finite = curve.points.filter(({ value }) => Number.isFinite(value));
  let path = '';
  let isOpen = false;
  for (const { epoch, value } of curve.points) {
    if (Number.isFinite(value))
      path += `${isOpen ? 'L' : 'M'}${round(x(epoch))} ${round(y(value))}`;
    isOpen = Number.isFinite(value);
  }
  const best = finite.reduce((a, b) => ((isLoss ? b.value < a.value : b.value > a.value) ? b : a));
  const dots = finite.length === 1 || curve.role === 'second' ? [best] : [];
  return (
    `<path d="${path}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" ${dashed(curve)} ` +
    `${drawing.stroke(curve.role)}/>` +
    dots
      .map(
        ({ epoch, value }) =>
          `<circle cx="${round(x(epoch))}" cy="${round(y(value))}" r="4" ${drawing.fill(curve.role)}>` +
          `<title>best: ${value.toPrecision(4)} in epoch ${epoch}</title></circle>`,
      )
      .join('')
  );
}
