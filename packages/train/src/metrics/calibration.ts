import { ArgumentError, checkOptions, optionKinds, type Kind } from '@convnet/tensor-core';

import { argmaxOf, columnsOf, requireBits, requireClasses } from './values.ts';

/** Options of `calibration` and `CalibrationError`. */
export interface CalibrationOptions {
  /** Bins of equal width between 0 and 1. Default 15. */
  readonly bins?: number;
}

// More bins than anybody has samples for would only take memory.
const mostBins = 2 ** 20;
const binCount: Kind = {
  expected: `an integer ≥ 1, of at most ${mostBins}`,
  accepts: (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= mostBins,
};

export const calibrationOptions: Readonly<Record<'bins', Kind>> = optionKinds<CalibrationOptions>({
  bins: binCount,
});

/** Predictions of about one confidence. */
export interface CalibrationBin {
  readonly samples: number;
  /** Mean confidence. */
  readonly confidence: number;
  /** Share that is right. */
  readonly accuracy: number;
}

/** How far the probabilities that a model states are from how often it is right. */
export interface Calibration {
  /** Expected calibration error: the mean distance of confidence and accuracy, weighted by samples. */
  readonly ece: number;
  /** The greatest distance in a bin. */
  readonly mce: number;
  /** Bins that have samples, in ascending order. */
  readonly bins: readonly CalibrationBin[];
}

/**
 * Calibration of the most probable class. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017; the bins are
 * those of sklearn.calibration.calibration_curve.
 * @param labels whole numbers from 0; 0 and 1 where there is one probability a sample, which is that of 1
 * @param probabilities a row for each label, not logits
 * @throws ArgumentError, also for what is no probability.
 */
export function calibration(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): Calibration {
  const where = 'calibration';
  checkOptions(where, options, calibrationOptions);
  const { bins = 15 } = options;
  const columns = columnsOf(where, labels, probabilities);
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    // Sums of float32 come out a little above 1.
    if (p >= 0 && p <= 1 + 1e-5) continue;
    throw new ArgumentError(
      `${where}: expected probabilities from 0 to 1 (softmax of logits), got ${p} at ${i}`,
    );
  }
  if (columns === 1) requireBits(where, 'labels', labels);
  else requireClasses(where, 'labels', labels, columns);
  const counts = new Float64Array(bins);
  const confidences = new Float64Array(bins);
  const hits = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const predicted = columns === 1 ? 1 : argmaxOf(probabilities, i * columns, columns);
    const confidence = Math.min(1, probabilities[columns === 1 ? i : i * columns + predicted]!);
    // A bin has its upper edge, and not its lower.
    let bin = 0;
    while (bin < bins - 1 && confidence > (bin + 1) * (1 / bins)) bin++;
    counts[bin]!++;
    confidences[bin]! += confidence;
    if (labels[i] === predicted) hits[bin]!++;
  }
  const filled: CalibrationBin[] = [];
  counts.forEach((samples, bin) => {
    if (samples === 0) return;
    filled.push({
      samples,
      confidence: confidences[bin]! / samples,
      accuracy: hits[bin]! / samples,
    });
  });
  const gap = (bin: CalibrationBin): number => Math.abs(bin.confidence - bin.accuracy);
  return {
    ece: filled.reduce((sum, bin) => sum + gap(bin) * bin.samples, 0) / labels.length,
    mce: Math.max(...filled.map(gap)),
    bins: filled,
  };
}
