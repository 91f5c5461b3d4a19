import {
  ArgumentError,
  aCount,
  aString,
  checkOptions,
  integerFrom,
  type Kind,
  listOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';

import { confusionSvg } from './confusion-svg.ts';
import { classesIn, requireClasses, requirePairs } from './values.ts';

/** Options of `confusionMatrix`. */
export interface ConfusionMatrixOptions {
  /** Default: one more than the greatest class that was met. */
  readonly numClasses?: number;
  /** Names to print; default the numbers. */
  readonly classes?: readonly string[];
}

const confusionMatrixOptions = optionKinds<ConfusionMatrixOptions>({
  numClasses: aCount,
  classes: listOf(aString),
});

function integersBelow(count: number): Kind {
  const expected = `an integer from 0 to ${count - 1}`;
  const accepts = (value: unknown): boolean => integer.accepts(value) && (value as number) < count;
  return { expected, accepts };
}

const integer = integerFrom(0);

/** How often samples of each class were taken for each class. sklearn.metrics.confusion_matrix. */
export class ConfusionMatrix {
  readonly numClasses: number;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Row after row: the row is the true class, the column the predicted one. */
  readonly counts: Float64Array<ArrayBuffer>;
  readonly #aClass: Kind;

  constructor(numClasses: number, classes?: readonly string[]) {
    requireKind('ConfusionMatrix', 'numClasses', numClasses, aCount);
    if (classes !== undefined) {
      requireKind('ConfusionMatrix', 'classes', classes, confusionMatrixOptions.classes);
    }
    if (classes !== undefined && classes.length !== numClasses) {
      throw new ArgumentError(
        `ConfusionMatrix: expected ${numClasses} names of classes, got ${classes.length}`,
      );
    }
    this.numClasses = numClasses;
    this.#aClass = integersBelow(numClasses);
    this.classes = classes ?? Array.from({ length: numClasses }, (_, i) => String(i));
    this.counts = new Float64Array(numClasses * numClasses);
  }

  /** Counts one sample. */
  add(label: number, prediction: number): void {
    this.counts[this.#placeOf(label, prediction)]!++;
  }

  /** How many samples of class `label` were taken for class `prediction`. */
  at(label: number, prediction: number): number {
    return this.counts[this.#placeOf(label, prediction)]!;
  }

  #placeOf(label: number, prediction: number): number {
    requireKind('ConfusionMatrix', 'label', label, this.#aClass);
    requireKind('ConfusionMatrix', 'prediction', prediction, this.#aClass);
    return label * this.numClasses + prediction;
  }

  /** Samples of each class. */
  get support(): number[] {
    return this.rows.map((row) => row.reduce((sum, count) => sum + count, 0));
  }

  /** The counts as an array of rows. */
  get rows(): number[][] {
    const { numClasses, counts } = this;
    return Array.from({ length: numClasses }, (_, i) => [
      ...counts.subarray(i * numClasses, (i + 1) * numClasses),
    ]);
  }

  /** A table for a terminal: a row for each true class, a column for each predicted one, and the share that is right. */
  toString(): string {
    const { classes, rows } = this;
    const head = ['true \\ predicted', ...classes, 'recall'];
    const body = rows.map((row, i) => {
      const total = row.reduce((sum, count) => sum + count, 0);
      const share = total === 0 ? '–' : `${((100 * row[i]!) / total).toFixed(1)} %`;
      return [classes[i]!, ...row.map((count) => (count === 0 ? '·' : String(count))), share];
    });
    const widths = head.map((title, c) =>
      Math.max(title.length, ...body.map((row) => row[c]!.length)),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
        .join('  ')
        .trimEnd();
    return [head, ...body].map(line).join('\n');
  }

  /** A picture: the darker a field, the greater the share of its row. */
  toSVG(): string {
    return confusionSvg(this);
  }
}

/**
 * @param labels the true classes, whole numbers from 0
 * @param predictions the predicted ones
 * @throws ArgumentError for what are no classes, and for none at all.
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: ConfusionMatrixOptions = {},
): ConfusionMatrix {
  const where = 'confusionMatrix';
  checkOptions(where, options, confusionMatrixOptions);
  requirePairs(where, ['labels', 'predictions'], labels, predictions);
  const { classes, numClasses = classes?.length ?? classesIn(labels, predictions) } = options;
  requireClasses(where, 'labels', labels, numClasses);
  requireClasses(where, 'predictions', predictions, numClasses);
  const matrix = new ConfusionMatrix(numClasses, classes);
  for (let i = 0; i < labels.length; i++) matrix.add(labels[i]!, predictions[i]!);
  return matrix;
}
