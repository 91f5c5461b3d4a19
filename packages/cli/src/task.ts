import { evaluate, F1Score, MeanAbsoluteError, metricOf, R2Score, RocAuc } from '@convnet/train';
import type { Evaluation, Loss, Metric } from '@convnet/train';
import { binaryCrossEntropyWithLogits, crossEntropy, mseLoss } from '@convnet/tensor-core';

import { percent } from './table.ts';

/** What a network says of a sample; `model.json` keeps it. */
export type Task =
  /** One of the classes. */
  | { readonly kind: 'classification'; readonly classes: readonly string[] }
  /** Any of the labels, none or several. */
  | { readonly kind: 'multi-label'; readonly labels: readonly string[] }
  /** Numbers. The network gives them with mean 0 and deviation 1 over the training samples. */
  | {
      readonly kind: 'regression';
      readonly quantities: readonly string[];
      readonly mean: readonly number[];
      readonly std: readonly number[];
    };

export type TaskKind = Task['kind'];

export const taskKinds: readonly TaskKind[] = ['classification', 'multi-label', 'regression'];

/** What the outputs of a network are called, one after another. */
export function outputNames(task: Task): readonly string[] {
  if (task.kind === 'classification') return task.classes;
  return task.kind === 'multi-label' ? task.labels : task.quantities;
}

/** What a task calls its outputs. */
export const outputNoun = {
  classification: 'classes',
  'multi-label': 'labels',
  regression: 'numbers',
};

const losses: Readonly<Record<TaskKind, Loss>> = {
  classification: crossEntropy,
  'multi-label': binaryCrossEntropyWithLogits,
  regression: mseLoss,
};

/** What makes probabilities of the outputs. */
export const activationOf = ({ kind }: Task): 'softmax' | 'sigmoid' | 'none' =>
  ({ classification: 'softmax', 'multi-label': 'sigmoid', regression: 'none' } as const)[kind];

/** How a network of this task is trained and tested. */
export interface TaskFigures {
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** The number that tells best weights, of the test set. */
  readonly monitor: string;
}

export function figuresOf(task: Task): TaskFigures {
  const loss = losses[task.kind];
  if (task.kind === 'classification') return { loss, metrics: [], monitor: 'accuracy' };
  if (task.kind === 'multi-label') {
    return { loss, metrics: [new F1Score(), new RocAuc()], monitor: 'f1' };
  }
  return { loss, metrics: [inUnits(task, new MeanAbsoluteError()), new R2Score()], monitor: 'mae' };
}

/** A metric of the numbers as they were given, not as the network sees them. */
function inUnits(task: Task & { kind: 'regression' }, metric: Metric): Metric {
  return metricOf(metric.name, metric.better, (outputs, targets) => {
    metric.reset();
    metric.update(
      { ...outputs, data: toUnits(task, outputs.data) },
      { ...targets, data: toUnits(task, targets.data) },
    );
    return metric.compute();
  });
}

/** Rows of numbers as the network gives them, in the units of the data. */
export function toUnits(
  { mean, std }: Task & { kind: 'regression' },
  values: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const column = i % mean.length;
    return value * std[column]! + mean[column]!;
  });
}

/** How well a network does, by the names of the numbers; `model.json` keeps it. */
export type Figures = Readonly<Record<string, number>>;

export function figuresIn({ kind }: Task, { accuracy, loss, metrics }: Evaluation): Figures {
  return kind === 'classification' ? { accuracy, loss } : { ...metrics, loss };
}

/** The numbers in words, what matters most first. */
export function describeFigures({ kind }: Task, figures: Figures): string {
  const number = (name: string): string => (figures[name] ?? NaN).toPrecision(4);
  if (kind === 'classification') return `accuracy ${percent(figures['accuracy']!)}`;
  return kind === 'multi-label'
    ? `F1 ${number('f1')}, ROC-AUC ${number('rocAuc')}`
    : `mean absolute error ${number('mae')}, R² ${number('r2')}`;
}

/** @throws as `evaluate`. */
export async function evaluateTask(
  task: Task,
  model: Parameters<typeof evaluate>[0],
  batches: Parameters<typeof evaluate>[1],
): Promise<Evaluation> {
  const { loss, metrics } = figuresOf(task);
  return evaluate(model, batches, { loss, metrics });
}
