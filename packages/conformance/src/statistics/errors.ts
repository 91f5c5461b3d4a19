import type { TypedArray } from '@convnet/tensor-core';
import { distance } from '../compare.ts';
import type { Exact, ExactGradients } from './exact.ts';
import type { Places } from './rule.ts';

/**
 * What is measured, each as the largest error in units of its limit: 1e-5 of a variance; of the mean beside the
 * deviation, of normalised values and of what depends on them, 1e-6 + 2^-23 · |mean| / deviation. Half of the
 * latter is what rounding the mean to float32 does.
 */
export interface StatisticsErrors {
  /** Of a mean alone, which is a sum: 5e-7 of it. */
  average?: number;
  mean?: number;
  variance?: number;
  deviation?: number;
  result?: number;
  inputGradient?: number;
  weightGradient?: number;
  biasGradient?: number;
}

const varianceLimit = 1e-5;
const sumLimit = 1e-6;
const averageLimit = 5e-7;

/** What an error relative to the deviation may be, for each statistic. */
export function limitsOf({ mean, inverse }: Exact): Float64Array {
  return mean.map((m, s) => 1e-6 + 2 ** -23 * Math.abs(m) * inverse[s]!);
}

/** The largest of |actual - expected| / limit. */
function largest(actual: TypedArray, expected: TypedArray, limit: (i: number) => number): number {
  let found = actual.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; i++) {
    const apart = distance(actual[i]!, expected[i]!);
    if (apart > 0) found = Math.max(found, apart / limit(i));
  }
  return found;
}

export function meanError(actual: TypedArray, exact: Exact): number {
  const limits = limitsOf(exact);
  return largest(actual, exact.mean, (s) => limits[s]! / exact.inverse[s]!);
}

export function averageError(actual: TypedArray, { mean }: Exact): number {
  return largest(actual, mean, (s) => averageLimit * Math.abs(mean[s]!));
}

/** Of variances, or of deviations. */
export function varianceError(actual: TypedArray, expected: TypedArray): number {
  return largest(actual, expected, (s) => varianceLimit * expected[s]!);
}

export function resultError(
  actual: TypedArray,
  exact: Exact,
  { statistic, parameter }: Places,
  weight: TypedArray,
  bias: TypedArray,
): number {
  const limits = limitsOf(exact);
  const { normal } = exact;
  const expected = normal.map((value, i) => value * weight[parameter[i]!]! + bias[parameter[i]!]!);
  return largest(
    actual,
    expected,
    (i) =>
      limits[statistic[i]!]! *
      Math.max(1, Math.abs(normal[i]!)) *
      Math.max(1, Math.abs(weight[parameter[i]!]!)),
  );
}

export function gradientErrors(
  actual: { readonly input: TypedArray; readonly weight: TypedArray; readonly bias: TypedArray },
  exact: Exact,
  expected: ExactGradients,
  { statistic, parameter, parameters }: Places,
  dy: TypedArray,
): Pick<StatisticsErrors, 'inputGradient' | 'weightGradient' | 'biasGradient'> {
  const limits = limitsOf(exact);
  const { normal, inverse } = exact;
  const magnitude = (i: number): number => Math.max(1, Math.abs(normal[i]!));
  const ofWeight = new Float64Array(parameters);
  const ofBias = new Float64Array(parameters);
  for (let i = 0; i < dy.length; i++) {
    const flowing = Math.abs(dy[i]!);
    ofWeight[parameter[i]!]! += flowing * magnitude(i) * limits[statistic[i]!]!;
    ofBias[parameter[i]!]! += flowing * sumLimit;
  }
  return {
    inputGradient: largest(actual.input, expected.input, (i) => {
      const s = statistic[i]!;
      return limits[s]! * inverse[s]! * expected.greatest[s]! * magnitude(i);
    }),
    weightGradient: largest(actual.weight, expected.weight, (p) => ofWeight[p]!),
    biasGradient: largest(actual.bias, expected.bias, (p) => ofBias[p]!),
  };
}
