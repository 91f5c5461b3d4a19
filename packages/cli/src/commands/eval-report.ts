import {
  confusionMatrix,
  meanAbsoluteError,
  perClass,
  r2Score,
  rootMeanSquaredError,
  type ConfusionMatrix,
  type Evaluation,
  type Predictions,
} from '@convnet/train';

import { formatTable, percent } from '../table.ts';
import { describeFigures, figuresIn, toUnits, type Task } from '../task.ts';

/** How good a network is, for people and for programs. */
export interface EvalReport {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  /** Where samples have one class. */
  readonly confusion?: ConfusionMatrix;
}

/** What a network says of samples, against what it should have said. */
export function evalReport(
  task: Task,
  evaluation: Evaluation,
  predictions: Predictions,
): EvalReport {
  const figures = figuresIn(task, evaluation);
  const { samples, loss } = evaluation;
  const head = `${describeFigures(task, figures)}, loss ${loss.toFixed(4)}, ${samples} samples\n\n`;
  const json = { ...figures, samples };
  if (task.kind === 'classification') {
    const { confusion, ...report } = ofClasses(task.classes, predictions);
    return { text: head + report.text, json: { ...json, ...report.json }, confusion };
  }
  const report =
    task.kind === 'regression' ? ofNumbers(task, predictions) : ofLabels(task.labels, predictions);
  return { text: head + report.text, json: { ...json, ...report.json } };
}

interface Figures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

const none: Figures = { precision: 0, recall: 0, f1: 0, support: 0 };

function tableOf(name: string, names: readonly string[], figures: readonly Figures[]): string {
  const rows = figures.map(({ precision, recall, f1, support }, i) => [
    names[i]!,
    percent(precision),
    percent(recall),
    percent(f1),
    String(support),
  ]);
  return formatTable([name, 'precision', 'recall', 'F1', 'samples'], rows, [1, 2, 3, 4]);
}

const byName = (
  names: readonly string[],
  figures: readonly unknown[],
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(figures.map((row, i) => [names[i], row]));

function ofClasses(
  classes: readonly string[],
  { labels, targets }: Predictions,
): Required<EvalReport> {
  const found = perClass(targets!, labels);
  // A class behind the last that occurs has no figures.
  const figures = classes.map((_, i) => found[i] ?? none);
  const confusion = confusionMatrix(targets!, labels, { classes });
  return {
    text:
      `${tableOf('class', classes, figures)}\n\n` +
      `rows: what it is; columns: what the network says\n${String(confusion)}\n`,
    json: { perClass: byName(classes, figures), confusion: confusion.rows },
    confusion,
  };
}

function ofLabels(
  names: readonly string[],
  { probabilities, targets, samples }: Predictions,
): EvalReport {
  const figures = names.map((_, k) => {
    const column = (values: ArrayLike<number>): number[] =>
      Array.from({ length: samples }, (__, i) => Number(values[i * names.length + k]! >= 0.5));
    return perClass(column(targets!), column(probabilities))[1] ?? none;
  });
  return {
    text: `${tableOf('label', names, figures)}\n`,
    json: { perLabel: byName(names, figures) },
  };
}

function ofNumbers(task: Task & { kind: 'regression' }, predictions: Predictions): EvalReport {
  const { quantities } = task;
  const [outputs, targets] = [predictions.outputs, predictions.targets!].map((values) =>
    toUnits(task, values),
  );
  const figures = quantities.map((_, k) => {
    const column = (values: Float64Array): number[] =>
      Array.from({ length: predictions.samples }, (__, i) => values[i * quantities.length + k]!);
    const [is, says] = [column(targets!), column(outputs!)];
    return {
      mae: meanAbsoluteError(is, says),
      rmse: rootMeanSquaredError(is, says),
      r2: r2Score(is, says),
    };
  });
  const rows = figures.map(({ mae, rmse, r2 }, i) => [
    quantities[i]!,
    mae.toPrecision(4),
    rmse.toPrecision(4),
    r2.toFixed(3),
  ]);
  const head = ['number', 'mean absolute error', 'root mean squared error', 'R²'];
  return {
    text: `${formatTable(head, rows, [1, 2, 3])}\n`,
    json: { perQuantity: byName(quantities, figures) },
  };
}
