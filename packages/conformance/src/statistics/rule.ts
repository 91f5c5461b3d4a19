import { elementCount } from '@convnet/tensor-core';
import { seedOf } from '../inputs.ts';
import { hashedUnit } from '../pytorch/hashed.ts';

/** What computes a mean and a deviation. `variance` stands for the standard deviation, too. */
export type StatisticsOp =
  | 'batchNorm'
  | 'instanceNorm'
  | 'groupNorm'
  | 'layerNorm'
  | 'variance'
  | 'mean';

/**
 * How the elements of a statistic differ, in units of their deviation: by their order within it, so that each
 * statistic meets the same. An `outlier` is the first one, far from a cluster; of `levels`, the first eighth
 * lies at one and the others about another.
 */
export type Pattern = 'alternating' | 'ramp' | 'random' | 'constant' | 'outlier' | 'levels';

/** A statistic of values by a rule that Python follows alike (scripts/fixtures/cases_statistics.py). */
export interface StatisticsRule {
  readonly op: StatisticsOp;
  /** [N, C, …]; `layerNorm` is over all axes but the first, `variance` and `mean` over all but the second. */
  readonly shape: readonly number[];
  /** Of `groupNorm`. */
  readonly groups?: number;
  readonly pattern: Pattern;
  /** Mean over deviation, about. */
  readonly ratio: number;
  /** Whether statistics are of different scales. */
  readonly scaled?: boolean;
}

export function nameOf(rule: StatisticsRule): string {
  const { op, shape, groups, pattern, ratio, scaled = false } = rule;
  const parts = groups === undefined ? '' : ` in ${groups} groups`;
  const scales = scaled ? ' of several scales' : '';
  return `${op} of ${pattern} values${scales} about ${ratio} deviations of [${shape.join(', ')}]${parts}`;
}

/** Which statistic and which parameters each element belongs to. */
export interface Places {
  readonly statistics: number;
  readonly parameters: number;
  /** Elements of one statistic. */
  readonly count: number;
  readonly statistic: Int32Array;
  readonly parameter: Int32Array;
}

export function placesOf({ op, shape, groups = 1 }: StatisticsRule): Places {
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  const positions = elementCount(spatial);
  const size = batch * channels * positions;
  const rows = channels * positions;
  const perGroup = channels / groups;
  const statistics = {
    batchNorm: channels,
    variance: channels,
    mean: channels,
    instanceNorm: batch * channels,
    groupNorm: batch * groups,
    layerNorm: batch,
  }[op];
  const statistic = new Int32Array(size);
  const parameter = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const n = Math.floor(i / rows);
    const c = Math.floor(i / positions) % channels;
    parameter[i] = op === 'layerNorm' ? i % rows : c;
    if (op === 'instanceNorm') statistic[i] = n * channels + c;
    else if (op === 'groupNorm') statistic[i] = n * groups + Math.floor(c / perGroup);
    else statistic[i] = op === 'layerNorm' ? n : c;
  }
  const parameters = op === 'layerNorm' ? rows : channels;
  return { statistics, parameters, count: size / statistics, statistic, parameter };
}

/** The epsilon of a normalisation: none where the deviation is not 0. */
export function epsilonOf({ pattern }: StatisticsRule, { count }: Places): number {
  return pattern === 'constant' || count === 1 ? 1e-5 : 0;
}

const deviation = 0.01;
const scales: readonly number[] = [1, 30, 0.002];

/** How far element `k` of `count` is from the mean; `u` is a number in [0, 1) of its own. */
function unit(pattern: Pattern, k: number, count: number, u: number): number {
  const alternate = k % 2 === 0 ? -1 : 1;
  switch (pattern) {
    case 'alternating':
      return alternate;
    case 'ramp':
      return count === 1 ? 0 : (2 * k) / (count - 1) - 1;
    case 'random':
      return 2 * u - 1;
    case 'constant':
      return 0;
    case 'outlier':
      return k === 0 ? 1000 : 2 * u - 1;
    default:
      return k < count / 8 ? 50 : alternate;
  }
}

/** The elements of the input. */
export function valuesOfRule(rule: StatisticsRule, places: Places): Float32Array<ArrayBuffer> {
  const { pattern, ratio, scaled = false } = rule;
  const { statistic, statistics, count } = places;
  const seed = seedOf(`${nameOf(rule)}/input`);
  const order = new Int32Array(statistics);
  const values = new Float32Array(statistic.length);
  for (let i = 0; i < values.length; i++) {
    const s = statistic[i]!;
    const scale = deviation * (scaled ? scales[s % scales.length]! : 1);
    values[i] = (ratio + unit(pattern, order[s]!++, count, hashedUnit(seed, i))) * scale;
  }
  return values;
}

/** Numbers from `low` on, below `low` + `range`, that belong to the name. */
export function numbersOf(
  rule: StatisticsRule,
  what: string,
  count: number,
  low: number,
  range: number,
): Float32Array<ArrayBuffer> {
  const seed = seedOf(`${nameOf(rule)}/${what}`);
  return Float32Array.from({ length: count }, (_, i) => low + range * hashedUnit(seed, i));
}
