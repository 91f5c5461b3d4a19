import type { TypedArray } from '@convnet/tensor-core';
import type { Places } from './rule.ts';

/** What a statistic, and a normalisation by it, come to in float64, of the same float32 inputs. */
export interface Exact {
  /** Of each statistic; the variance is the biased one. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** (x - mean) / sqrt(variance + epsilon), of each element. */
  readonly normal: Float64Array;
  /** 1 / sqrt(variance + epsilon) */
  readonly inverse: Float64Array;
}

/** Sums over the statistics, or over the parameters. */
function sums(
  count: number,
  owner: Int32Array,
  term: (i: number, owner: number) => number,
): Float64Array {
  const totals = new Float64Array(count);
  for (let i = 0; i < owner.length; i++) totals[owner[i]!]! += term(i, owner[i]!);
  return totals;
}

export function exactStatistics(x: TypedArray, places: Places, epsilon: number): Exact {
  const { statistics, statistic, count } = places;
  // From the first value on: the sum of equal values is exact, too.
  const first = new Float64Array(statistics);
  for (let i = x.length - 1; i >= 0; i--) first[statistic[i]!] = x[i]!;
  const shift = sums(statistics, statistic, (i, s) => x[i]! - first[s]!);
  const mean = first.map((value, s) => value + shift[s]! / count);
  const squares = sums(statistics, statistic, (i, s) => (x[i]! - mean[s]!) ** 2);
  const variance = squares.map((total) => total / count);
  const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const normal = Float64Array.from(x, (value, i) => {
    const s = statistic[i]!;
    return (value - mean[s]!) * inverse[s]!;
  });
  return { mean, variance, normal, inverse };
}

/** Gradients of a normalisation, and what their errors are measured by. */
export interface ExactGradients {
  readonly input: Float64Array;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  /** The greatest |dy · weight| of each statistic. */
  readonly greatest: Float64Array;
}

export function exactGradients(
  { normal, inverse }: Exact,
  { statistics, parameters, statistic, parameter, count }: Places,
  dy: TypedArray,
  weight: TypedArray,
): ExactGradients {
  const flowing = (i: number): number => dy[i]! * weight[parameter[i]!]!;
  const plain = sums(statistics, statistic, flowing);
  const along = sums(statistics, statistic, (i) => flowing(i) * normal[i]!);
  const greatest = new Float64Array(statistics);
  for (let i = 0; i < dy.length; i++) {
    const s = statistic[i]!;
    greatest[s] = Math.max(greatest[s]!, Math.abs(flowing(i)));
  }
  return {
    input: normal.map((value, i) => {
      const s = statistic[i]!;
      return inverse[s]! * (flowing(i) - (plain[s]! + value * along[s]!) / count);
    }),
    weight: sums(parameters, parameter, (i) => dy[i]! * normal[i]!),
    bias: sums(parameters, parameter, (i) => dy[i]!),
    greatest,
  };
}
