import { ArgumentError, formatShape } from '@convnet/tensor-core';

import { argmaxOf, requireValues, type Values } from './values.ts';

/** Decisions for one class of several, for each sample, or each place of each sample. */
export interface ClassDecisions {
  readonly kind: 'classes';
  readonly numClasses: number;
  readonly labels: ArrayLike<number>;
  readonly predictions: Int32Array;
  /** Scores of the classes, a row for each label. */
  readonly scores: ArrayLike<number>;
}

/** Decisions of yes or no about each of some labels. */
export interface BitDecisions {
  readonly kind: 'bits';
  readonly numLabels: number;
  readonly labels: ArrayLike<number>;
  readonly predictions: Uint8Array;
  readonly scores: ArrayLike<number>;
}

/**
 * What logits decide. Targets [N, …] of logits [N, C, …] are class numbers; targets of the logits' own shape, and targets
 * [N] of logits [N, 1], are 0s and 1s of labels that a sample may have several of: yes from `threshold` on.
 * @throws ArgumentError where the shapes do not belong together.
 */
export function decisionsOf(
  where: string,
  output: Values,
  target: Values,
  threshold = 0,
): ClassDecisions | BitDecisions {
  requireValues(where, 'output', output);
  requireValues(where, 'target', target);
  const { data, shape } = output;
  const classes = shape[1] ?? 1;
  const withoutClasses = [...shape.slice(0, 1), ...shape.slice(2)];
  const isSingle = classes === 1 && target.shape.join() === withoutClasses.join();
  if (isSingle || target.shape.join() === shape.join()) {
    const predictions = Uint8Array.from(data, (score) => (score > threshold ? 1 : 0));
    const numLabels = shape.length < 2 ? 1 : classes;
    // Labels of one sample stand one after another where there are no places.
    if (shape.length <= 2) {
      return { kind: 'bits', numLabels, labels: target.data, predictions, scores: data };
    }
    const inner = data.length / (shape[0]! * classes);
    const labels = byPlace(target.data, classes, inner);
    const scores = byPlace(data, classes, inner);
    return {
      kind: 'bits',
      numLabels,
      labels,
      predictions: Uint8Array.from(scores, (score) => (score > threshold ? 1 : 0)),
      scores,
    };
  }
  if (shape.length >= 2 && target.shape.join() === withoutClasses.join()) {
    const inner = shape.slice(2).reduce((product, extent) => product * extent, 1);
    const scores = inner === 1 ? data : byPlace(data, classes, inner);
    const predictions = Int32Array.from({ length: target.data.length }, (_, i) =>
      argmaxOf(scores, i * classes, classes),
    );
    return { kind: 'classes', numClasses: classes, labels: target.data, predictions, scores };
  }
  throw new ArgumentError(
    `${where}: expected logits [N, classes, …] with classes [N, …], or with 0s and 1s of the same shape, got ` +
      `${formatShape(shape)} and ${formatShape(target.shape)}`,
  );
}

/** [N, C, places] as [N, places, C]. */
function byPlace(data: ArrayLike<number>, classes: number, inner: number): Float64Array {
  const out = new Float64Array(data.length);
  const samples = data.length / (classes * inner);
  for (let n = 0; n < samples; n++) {
    for (let c = 0; c < classes; c++) {
      for (let p = 0; p < inner; p++) {
        out[(n * inner + p) * classes + c] = data[(n * classes + c) * inner + p]!;
      }
    }
  }
  return out;
}

/** Softmax of each row of logits, in double precision. */
export function softmaxRows(logits: ArrayLike<number>, columns: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += columns) {
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < columns; c++) most = Math.max(most, logits[start + c]!);
    let sum = 0;
    for (let c = 0; c < columns; c++) {
      out[start + c] = Math.exp(logits[start + c]! - most);
      sum += out[start + c]!;
    }
    for (let c = 0; c < columns; c++) out[start + c]! /= sum;
  }
  return out;
}

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}
