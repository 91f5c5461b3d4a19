import {
  aNumber,
  ArgumentError,
  checkOptions,
  formatValue,
  oneOf,
  optionKinds,
} from '@convnet/tensor-core';

import { calibration, calibrationOptions, type CalibrationOptions } from './calibration.ts';
import {
  anAverage,
  averaged,
  countBit,
  countClass,
  noDecisions,
  rankOf,
  type Average,
  type DecisionCounts,
  type PrecisionRecallF1,
} from './classification.ts';
import { decisionsOf, sigmoid, softmaxRows } from './decisions.ts';
import { Gathered, type Metric } from './metric.ts';
import { rocAuc, type RocAucOptions } from './roc-auc.ts';
import { requireBits, requireClasses, type Values } from './values.ts';

/** How a metric decides for a class. */
export interface DecisionOptions {
  /** Logit from which on a label counts as said, where a sample may have several. Default 0: a probability of 0.5. */
  readonly threshold?: number;
}

const decisionOptions = optionKinds<DecisionOptions>({ threshold: aNumber });

/**
 * Share of right decisions: of the classes with the greatest logit, or of all yes and no where a sample may have several
 * labels.
 */
export class Accuracy implements Metric {
  readonly name = 'accuracy';
  readonly better = 'max';
  readonly #threshold: number;
  #hits = 0;
  #count = 0;

  /** @throws ArgumentError. */
  constructor(options: DecisionOptions = {}) {
    checkOptions('Accuracy', options, decisionOptions);
    this.#threshold = options.threshold ?? 0;
  }

  reset(): void {
    this.#hits = 0;
    this.#count = 0;
  }

  update(output: Values, target: Values): void {
    const { labels, predictions } = decisionsOf('Accuracy', output, target, this.#threshold);
    for (let i = 0; i < predictions.length; i++) if (labels[i] === predictions[i]) this.#hits++;
    this.#count += predictions.length;
  }

  compute(): number {
    return this.#hits / this.#count;
  }
}

/** Share of the samples whose label is among the `k` greatest logits. */
export class TopKAccuracy implements Metric {
  readonly name: string;
  readonly better = 'max';
  readonly k: number;
  #hits = 0;
  #count = 0;

  /** @throws ArgumentError for no whole number from 1. */
  constructor(k: number) {
    if (!Number.isInteger(k) || k < 1) {
      throw new ArgumentError(`TopKAccuracy: expected k as an integer ≥ 1, got ${formatValue(k)}`);
    }
    this.k = k;
    this.name = `top-${k}`;
  }

  reset(): void {
    this.#hits = 0;
    this.#count = 0;
  }

  update(output: Values, target: Values): void {
    const decisions = decisionsOf('TopKAccuracy', output, target);
    if (decisions.kind !== 'classes') {
      throw new ArgumentError(
        'TopKAccuracy: expected one class for each sample, got several labels',
      );
    }
    const { labels, scores, numClasses } = decisions;
    requireClasses('TopKAccuracy', 'labels', labels, numClasses);
    for (let i = 0; i < labels.length; i++) {
      if (rankOf(scores, i * numClasses, numClasses, labels[i]!) < this.k) this.#hits++;
    }
    this.#count += labels.length;
  }

  compute(): number {
    return this.#hits / this.#count;
  }
}

/** Options of `Precision`, `Recall` and `F1Score`. */
export interface AverageOptions extends DecisionOptions {
  /** How classes become one number. Default 'macro'. */
  readonly average?: Average;
}

const averageOptions = optionKinds<AverageOptions>({ average: anAverage, threshold: aNumber });

/** What precision, recall and F1 share. */
abstract class DecisionMetric implements Metric {
  readonly name: string;
  readonly better = 'max';
  readonly #average: Average;
  readonly #threshold: number;
  #counts: DecisionCounts | null = null;

  constructor(name: keyof PrecisionRecallF1, typeName: string, options: AverageOptions) {
    checkOptions(typeName, options, averageOptions);
    const { average = 'macro', threshold = 0 } = options;
    this.#threshold = threshold;
    this.#average = average;
    this.name = name;
  }

  reset(): void {
    this.#counts = null;
  }

  update(output: Values, target: Values): void {
    const decisions = decisionsOf(this.name, output, target, this.#threshold);
    const { labels, predictions } = decisions;
    if (decisions.kind === 'classes') {
      const { numClasses } = decisions;
      requireClasses(this.name, 'labels', labels, numClasses);
      const counts = (this.#counts ??= noDecisions(numClasses));
      for (let i = 0; i < predictions.length; i++) countClass(counts, labels[i]!, predictions[i]!);
      return;
    }
    const { numLabels } = decisions;
    requireBits(this.name, 'labels', labels);
    const counts = (this.#counts ??= noDecisions(numLabels));
    for (let i = 0; i < predictions.length; i++) {
      countBit(counts, i % numLabels, labels[i] === 1, predictions[i] === 1);
    }
  }

  compute(): number {
    if (this.#counts === null) return Number.NaN;
    return averaged(this.#counts, this.#average)[this.name as keyof PrecisionRecallF1];
  }
}

/** Of the samples taken for a class, the share that are of it. See `precisionRecallF1`. */
export class Precision extends DecisionMetric {
  /** @throws ArgumentError. */
  constructor(options: AverageOptions = {}) {
    super('precision', 'Precision', options);
  }
}

/** Of the samples of a class, the share taken for it. See `precisionRecallF1`. */
export class Recall extends DecisionMetric {
  /** @throws ArgumentError. */
  constructor(options: AverageOptions = {}) {
    super('recall', 'Recall', options);
  }
}

/** Harmonic mean of precision and recall. See `precisionRecallF1`. */
export class F1Score extends DecisionMetric {
  /** @throws ArgumentError. */
  constructor(options: AverageOptions = {}) {
    super('f1', 'F1Score', options);
  }
}

/** What needs the scores of a whole set. */
abstract class ScoreMetric implements Metric {
  abstract readonly name: string;
  abstract readonly better: 'max' | 'min';
  #labels = new Gathered();
  #scores = new Gathered();
  #columns = 1;
  #isOfBits = false;

  /** The number for labels and logits. */
  protected abstract of(
    labels: ArrayLike<number>,
    scores: ArrayLike<number>,
    columns: number,
    isOfBits: boolean,
  ): number;

  reset(): void {
    this.#labels = new Gathered();
    this.#scores = new Gathered();
  }

  update(output: Values, target: Values): void {
    const decisions = decisionsOf(this.name, output, target);
    this.#isOfBits = decisions.kind === 'bits';
    this.#columns = decisions.kind === 'bits' ? decisions.numLabels : decisions.numClasses;
    const { labels, scores } = decisions;
    this.#labels.add({ data: labels, shape: [labels.length] });
    this.#scores.add({ data: scores, shape: [scores.length] });
  }

  compute(): number {
    if (this.#labels.samples === 0) return Number.NaN;
    const labels = this.#labels.values.data;
    return this.of(labels, this.#scores.values.data, this.#columns, this.#isOfBits);
  }
}

const rocAucKinds = optionKinds<Omit<RocAucOptions, 'numLabels'>>({
  average: anAverage,
  multiClass: oneOf('ovr', 'ovo'),
});

/** Area under the receiver operating characteristic. See `rocAuc`. */
export class RocAuc extends ScoreMetric {
  override readonly name = 'rocAuc';
  override readonly better = 'max';
  readonly #options: RocAucOptions;

  /** @throws ArgumentError. */
  constructor(options: Omit<RocAucOptions, 'numLabels'> = {}) {
    super();
    checkOptions('RocAuc', options, rocAucKinds);
    this.#options = options;
  }

  protected override of(
    labels: ArrayLike<number>,
    scores: ArrayLike<number>,
    columns: number,
    isOfBits: boolean,
  ): number {
    if (isOfBits) return rocAuc(labels, scores, { ...this.#options, numLabels: columns });
    // Logits of several classes are compared within a column: only probabilities can be, as scikit-learn wants them.
    const probabilities = softmaxRows(scores, columns);
    if (columns !== 2) return rocAuc(labels, probabilities, this.#options);
    return rocAuc(
      labels,
      probabilities.filter((_, i) => i % 2 === 1),
    );
  }
}

/** Expected calibration error of the most probable class. See `calibration`. */
export class CalibrationError extends ScoreMetric {
  override readonly name = 'calibrationError';
  override readonly better = 'min';
  readonly #options: CalibrationOptions;

  /** @throws ArgumentError. */
  constructor(options: CalibrationOptions = {}) {
    super();
    checkOptions('CalibrationError', options, calibrationOptions);
    this.#options = options;
  }

  protected override of(
    labels: ArrayLike<number>,
    scores: ArrayLike<number>,
    columns: number,
    isOfBits: boolean,
  ): number {
    const probabilities = isOfBits
      ? Float64Array.from(scores, sigmoid)
      : softmaxRows(scores, columns);
    return calibration(labels, probabilities, this.#options).ece;
  }
}
