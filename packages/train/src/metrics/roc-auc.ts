import {
  aCount,
  ArgumentError,
  checkOptions,
  formatValue,
  oneOf,
  optionKinds,
} from '@convnet/tensor-core';

import {
  columnsOf,
  mean,
  requireBits,
  requireClasses,
  requireNumbers,
  requirePairs,
  weightedMean,
} from './values.ts';
import { anAverage, type Average } from './classification.ts';

/** Options of `rocAuc` and `RocAuc`. */
export interface RocAucOptions {
  /** Default 'macro'. 'micro' is for one against the rest only. */
  readonly average?: Average;
  /**
   * Of several classes: each against the rest ('ovr', default), or the mean over all pairs ('ovo', Hand and Till,
   * Machine Learning 45, 2001).
   */
  readonly multiClass?: 'ovr' | 'ovo';
  /**
   * Samples that may have several labels: labels are then rows of this many 0s and 1s, as scores are. Default: each
   * sample has one class.
   */
  readonly numLabels?: number;
}

const rocAucKinds = optionKinds<RocAucOptions>({
  average: anAverage,
  multiClass: oneOf('ovr', 'ovo'),
  numLabels: aCount,
});

/**
 * Area under the receiver operating characteristic: the chance that a sample of a class has a greater score for it than one
 * of another, ties counting half. sklearn.metrics.roc_auc_score. A class that no sample or every sample has says nothing
 * and is left out; where no other is, the area is NaN.
 * @param labels whole numbers from 0: 0 and 1 where there is one score a sample; see `numLabels`
 * @param scores one a sample, or a row of them
 * @throws ArgumentError.
 */
export function rocAuc(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: RocAucOptions = {},
): number {
  const where = 'rocAuc';
  checkOptions(where, options, rocAucKinds);
  const { average = 'macro', multiClass = 'ovr', numLabels } = options;
  if (numLabels !== undefined) {
    requirePairs(where, ['labels', 'scores'], labels, scores);
    if (labels.length % numLabels !== 0) {
      throw new ArgumentError(
        `${where}: expected numLabels as the length of the rows of ${labels.length} labels, got ` +
          formatValue(numLabels),
      );
    }
    requireBits(where, 'labels', labels);
    return oneAgainstRest(
      numLabels,
      labels.length / numLabels,
      (i, c) => labels[i * numLabels + c] === 1,
      (i, c) => scores[i * numLabels + c]!,
      average,
    );
  }
  const columns = columnsOf(where, labels, scores);
  if (columns === 1) {
    requireBits(where, 'labels', labels);
    return areaOf(Array.from(labels, (label, i) => [scores[i]!, label === 1]));
  }
  requireClasses(where, 'labels', labels, columns);
  const score = (i: number, c: number): number => scores[i * columns + c]!;
  if (multiClass === 'ovr') {
    return oneAgainstRest(columns, labels.length, (i, c) => labels[i] === c, score, average);
  }
  if (average === 'micro') {
    throw new ArgumentError(
      `${where}: expected average as 'macro' or 'weighted' with 'ovo', got 'micro'`,
    );
  }
  return pairwise(labels, columns, score, average);
}

function oneAgainstRest(
  columns: number,
  samples: number,
  isOf: (sample: number, column: number) => boolean,
  score: (sample: number, column: number) => number,
  average: Average,
): number {
  const column = (c: number): Scored[] =>
    Array.from({ length: samples }, (_, i) => [score(i, c), isOf(i, c)]);
  const all = Array.from({ length: columns }, (_, c) => column(c));
  if (average === 'micro') return areaOf(all.flat());
  const areas: number[] = [];
  const weights: number[] = [];
  for (const scored of all) {
    const positives = scored.filter(([, isPositive]) => isPositive).length;
    if (positives === 0 || positives === samples) continue;
    areas.push(areaOf(scored));
    weights.push(positives);
  }
  return average === 'macro' ? mean(areas) : weightedMean(areas, weights);
}

function pairwise(
  labels: ArrayLike<number>,
  columns: number,
  score: (sample: number, column: number) => number,
  average: Average,
): number {
  const samples: number[][] = Array.from({ length: columns }, () => []);
  for (let i = 0; i < labels.length; i++) samples[labels[i]!]!.push(i);
  const areas: number[] = [];
  const weights: number[] = [];
  for (let a = 0; a < columns; a++) {
    for (let b = a + 1; b < columns; b++) {
      const both = [...samples[a]!, ...samples[b]!];
      if (samples[a]!.length === 0 || samples[b]!.length === 0) continue;
      const of = (c: number): number => areaOf(both.map((i) => [score(i, c), labels[i] === c]));
      areas.push((of(a) + of(b)) / 2);
      weights.push(both.length);
    }
  }
  return average === 'macro' ? mean(areas) : weightedMean(areas, weights);
}

type Scored = readonly [score: number, isPositive: boolean];

/** The share of pairs in the right order, by ranks: Mann and Whitney. NaN where a score is, or a side has none. */
function areaOf(scored: readonly Scored[]): number {
  if (scored.some(([score]) => Number.isNaN(score))) return Number.NaN;
  const order = [...scored].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && order[end]![0] === order[start]![0]) end++;
    // Equal scores share the mean of their ranks, from 1.
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (!order[i]![1]) continue;
      positives++;
      rankSum += rank;
    }
    start = end;
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** A point of the curve: at scores from `threshold` on. */
export interface RocPoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
  readonly threshold: number;
}

/**
 * The curve itself, from (0, 0) to (1, 1), for one class: labels of 0 and 1 and a score each. sklearn.metrics.roc_curve
 * with all its points.
 * @throws ArgumentError.
 */
export function rocCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): RocPoint[] {
  requireNumbers('rocCurve', 'labels', labels);
  requirePairs('rocCurve', ['labels', 'scores'], labels, scores);
  requireBits('rocCurve', 'labels', labels);
  const order = Array.from(labels, (label, i): Scored => [scores[i]!, label === 1]).sort(
    ([a], [b]) => b - a,
  );
  const positives = order.filter(([, isPositive]) => isPositive).length;
  const negatives = order.length - positives;
  const points: RocPoint[] = [
    { falsePositiveRate: 0, truePositiveRate: 0, threshold: Number.POSITIVE_INFINITY },
  ];
  let hits = 0;
  for (let i = 0; i < order.length; i++) {
    if (order[i]![1]) hits++;
    if (i + 1 < order.length && order[i + 1]![0] === order[i]![0]) continue;
    points.push({
      falsePositiveRate: (i + 1 - hits) / negatives,
      truePositiveRate: hits / positives,
      threshold: order[i]![0],
    });
  }
  return points;
}
