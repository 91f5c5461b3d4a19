import {
  aCount,
  ArgumentError,
  checkOptions,
  formatValue,
  oneOf,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import {
  classesIn,
  columnsOf,
  mean,
  requireBits,
  requireClasses,
  requirePairs,
  weightedMean,
} from './values.ts';

/** Share of the predictions that are their label. sklearn.metrics.accuracy_score. @throws ArgumentError. */
export function accuracy(labels: ArrayLike<number>, predictions: ArrayLike<number>): number {
  requirePairs('accuracy', ['labels', 'predictions'], labels, predictions);
  let hits = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === predictions[i]) hits++;
  return hits / labels.length;
}

/**
 * Share of the samples whose label is among the `k` greatest scores. sklearn.metrics.top_k_accuracy_score; of equal
 * scores the first counts as greatest here, so that 1 gives the accuracy of `argmax`.
 * @param scores a row for each label, a column for each class: logits or probabilities
 * @throws ArgumentError.
 */
export function topKAccuracy(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  k: number,
): number {
  const numClasses = columnsOf('topKAccuracy', labels, scores);
  if (!Number.isInteger(k) || k < 1) {
    throw new ArgumentError(`topKAccuracy: expected k as an integer ≥ 1, got ${formatValue(k)}`);
  }
  requireClasses('topKAccuracy', 'labels', labels, numClasses);
  let hits = 0;
  for (let i = 0; i < labels.length; i++) {
    if (rankOf(scores, i * numClasses, numClasses, labels[i]!) < k) hits++;
  }
  return hits / labels.length;
}

/** How many classes come before one: 0 is the best. One without a number comes behind all. */
export function rankOf(
  scores: ArrayLike<number>,
  from: number,
  numClasses: number,
  label: number,
): number {
  const own = scores[from + label]!;
  if (Number.isNaN(own)) return numClasses;
  let rank = 0;
  for (let c = 0; c < numClasses; c++) {
    const score = scores[from + c]!;
    if (score > own || Number.isNaN(score) || (score === own && c < label)) rank++;
  }
  return rank;
}

/** Right and wrong decisions about each class, or each label of many. */
export interface DecisionCounts {
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
  readonly falseNegatives: Float64Array;
}

export function noDecisions(numClasses: number): DecisionCounts {
  const none = (): Float64Array => new Float64Array(numClasses);
  return { truePositives: none(), falsePositives: none(), falseNegatives: none() };
}

/** Counts the decision for one class of a sample. */
export function countClass(counts: DecisionCounts, label: number, prediction: number): void {
  if (label === prediction) {
    counts.truePositives[label]!++;
    return;
  }
  counts.falseNegatives[label]!++;
  counts.falsePositives[prediction]!++;
}

/** Counts the decision about one label of a sample that may have many. */
export function countBit(
  counts: DecisionCounts,
  c: number,
  isTrue: boolean,
  isSaid: boolean,
): void {
  if (isTrue && isSaid) counts.truePositives[c]!++;
  else if (isTrue) counts.falseNegatives[c]!++;
  else if (isSaid) counts.falsePositives[c]!++;
}

/**
 * How classes become one number: 'macro' the mean over the classes that labels or predictions have, 'weighted' the
 * same with the number of their samples as weights, 'micro' of all decisions together.
 */
export type Average = 'macro' | 'micro' | 'weighted';

/** Precision, recall and their harmonic mean. */
export interface PrecisionRecallF1 {
  /** Of the samples taken for a class, the share that are of it. 0 where none was. */
  readonly precision: number;
  /** Of the samples of a class, the share taken for it. 0 where there are none. */
  readonly recall: number;
  /** Harmonic mean of both. */
  readonly f1: number;
}

/** Options of `precisionRecallF1` and `perClass`. */
export interface PrecisionRecallF1Options {
  /** Default 'macro'. */
  readonly average?: Average;
  /**
   * Samples that may have several labels: labels and predictions are then rows of this many 0s and 1s. Default: each
   * sample has one class, a whole number.
   */
  readonly numLabels?: number;
}

/** How numbers of classes become one. */
export const anAverage: Kind = oneOf('macro', 'micro', 'weighted');

const perClassOptions = optionKinds<Pick<PrecisionRecallF1Options, 'numLabels'>>({
  numLabels: aCount,
});

const precisionRecallF1Options = optionKinds<PrecisionRecallF1Options>({
  average: anAverage,
  numLabels: aCount,
});

/**
 * sklearn.metrics.precision_recall_fscore_support, where nothing to divide by gives 0.
 * @throws ArgumentError.
 */
export function precisionRecallF1(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: PrecisionRecallF1Options = {},
): PrecisionRecallF1 {
  const where = 'precisionRecallF1';
  checkOptions(where, options, precisionRecallF1Options);
  const { average = 'macro', numLabels } = options;
  const counts = decisionsOf(where, labels, predictions, numLabels);
  return averaged(counts, average);
}

/** One class of a report. */
export interface ClassFigures extends PrecisionRecallF1 {
  /** Its samples. */
  readonly support: number;
}

/**
 * Precision, recall and F1 of each class (recall is what is called the accuracy of a class).
 * @param options see `precisionRecallF1`
 * @throws ArgumentError.
 */
export function perClass(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: Pick<PrecisionRecallF1Options, 'numLabels'> = {},
): ClassFigures[] {
  checkOptions('perClass', options, perClassOptions);
  return figuresOf(decisionsOf('perClass', labels, predictions, options.numLabels));
}

function decisionsOf(
  where: string,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  numLabels: number | undefined,
): DecisionCounts {
  requirePairs(where, ['labels', 'predictions'], labels, predictions);
  if (numLabels === undefined) {
    const numClasses = classesIn(labels, predictions);
    requireClasses(where, 'labels', labels, numClasses);
    requireClasses(where, 'predictions', predictions, numClasses);
    const counts = noDecisions(numClasses);
    for (let i = 0; i < labels.length; i++) countClass(counts, labels[i]!, predictions[i]!);
    return counts;
  }
  if (labels.length % numLabels !== 0) {
    throw new ArgumentError(
      `${where}: expected numLabels as the length of the rows of ${labels.length} labels, got ` +
        formatValue(numLabels),
    );
  }
  requireBits(where, 'labels', labels);
  requireBits(where, 'predictions', predictions);
  const counts = noDecisions(numLabels);
  for (let i = 0; i < labels.length; i++) {
    countBit(counts, i % numLabels, labels[i] === 1, predictions[i] === 1);
  }
  return counts;
}

/** Precision, recall and F1 of each class. */
export function figuresOf(counts: DecisionCounts): ClassFigures[] {
  return Array.from(counts.truePositives, (hits, c) => ({
    ...figures(hits, counts.falsePositives[c]!, counts.falseNegatives[c]!),
    support: hits + counts.falseNegatives[c]!,
  }));
}

/** One number of each for all classes. */
export function averaged(counts: DecisionCounts, average: Average): PrecisionRecallF1 {
  if (average === 'micro') {
    const sum = (list: Float64Array): number => list.reduce((total, value) => total + value, 0);
    return figures(
      sum(counts.truePositives),
      sum(counts.falsePositives),
      sum(counts.falseNegatives),
    );
  }
  const met = figuresOf(counts).filter(
    ({ support }, c) => support > 0 || counts.falsePositives[c]! > 0,
  );
  const supports = met.map(({ support }) => support);
  const one = (of: (figure: ClassFigures) => number): number => {
    const values = met.map(of);
    if (average === 'macro') return values.length === 0 ? 0 : mean(values);
    const weighted = weightedMean(values, supports);
    return Number.isNaN(weighted) ? 0 : weighted;
  };
  return {
    precision: one(({ precision }) => precision),
    recall: one(({ recall }) => recall),
    f1: one(({ f1 }) => f1),
  };
}

function figures(hits: number, falsePositives: number, falseNegatives: number): PrecisionRecallF1 {
  const share = (part: number, of: number): number => (of === 0 ? 0 : part / of);
  return {
    precision: share(hits, hits + falsePositives),
    recall: share(hits, hits + falseNegatives),
    f1: share(2 * hits, 2 * hits + falsePositives + falseNegatives),
  };
}
