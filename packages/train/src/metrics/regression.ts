import { ArgumentError, formatValue } from '@convnet/tensor-core';

import { mean, requirePairs } from './values.ts';

/** Mean distance of predictions from targets. sklearn.metrics.mean_absolute_error. @throws ArgumentError. */
export function meanAbsoluteError(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
): number {
  requirePairs('meanAbsoluteError', ['targets', 'predictions'], targets, predictions);
  let sum = 0;
  for (let i = 0; i < targets.length; i++) sum += Math.abs(targets[i]! - predictions[i]!);
  return sum / targets.length;
}

/** Mean squared distance. sklearn.metrics.mean_squared_error. @throws ArgumentError. */
export function meanSquaredError(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
): number {
  requirePairs('meanSquaredError', ['targets', 'predictions'], targets, predictions);
  let sum = 0;
  for (let i = 0; i < targets.length; i++) sum += (targets[i]! - predictions[i]!) ** 2;
  return sum / targets.length;
}

/** Root of the mean squared distance, over all outputs together. @throws ArgumentError. */
export function rootMeanSquaredError(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
): number {
  return Math.sqrt(meanSquaredError(targets, predictions));
}

/**
 * Share of the variance of the targets that the predictions explain: 1 is perfect, 0 as good as their mean. Of rows of several
 * outputs the mean of their shares. sklearn.metrics.r2_score: of a constant target 1 where it is met and 0 elsewhere;
 * NaN for fewer than two samples.
 * @param outputs numbers in a row; default 1
 * @throws ArgumentError.
 */
export function r2Score(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  outputs = 1,
): number {
  requirePairs('r2Score', ['targets', 'predictions'], targets, predictions);
  const samples = targets.length / outputs;
  if (!Number.isInteger(outputs) || outputs < 1 || !Number.isInteger(samples)) {
    throw new ArgumentError(
      `r2Score: expected outputs as the length of the rows of ${targets.length} targets, got ` +
        formatValue(outputs),
    );
  }
  if (samples < 2) return Number.NaN;
  const scores = Array.from({ length: outputs }, (_, o) => {
    let sum = 0;
    for (let i = 0; i < samples; i++) sum += targets[i * outputs + o]!;
    const middle = sum / samples;
    let left = 0;
    let total = 0;
    for (let i = 0; i < samples; i++) {
      const target = targets[i * outputs + o]!;
      left += (target - predictions[i * outputs + o]!) ** 2;
      total += (target - middle) ** 2;
    }
    if (total === 0) return left === 0 ? 1 : 0;
    return 1 - left / total;
  });
  return mean(scores);
}
