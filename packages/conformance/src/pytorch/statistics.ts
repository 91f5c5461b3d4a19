import { checkCase, type ConformanceCase } from '../case.ts';
import type { StatisticsErrors } from '../statistics/errors.ts';
import { nameOf, type StatisticsRule } from '../statistics/rule.ts';
import { measureStatistics } from '../statistics/run.ts';

type Quantity = keyof StatisticsErrors;

/** An entry of statistics.json: a rule, and how far PyTorch's float32 is from float64, in units of the limits. */
interface Entry extends StatisticsRule {
  readonly errors: Readonly<StatisticsErrors>;
}

/**
 * What float32 may cost however near PyTorch is, which accumulates a variance in float64: 2e-6 of it. Of sums two
 * units in the last place; of what depends on the mean, what rounding that to float32 does, and the variance's. In
 * units of the limits.
 */
const granted: Readonly<Record<Quantity, number>> = {
  average: 2 ** -22 / 5e-7,
  variance: 2e-6 / 1e-5,
  deviation: 2e-6 / 1e-5,
  biasGradient: 2 ** -22 / 1e-6,
  mean: 0.5,
  result: 0.75,
  inputGradient: 0.75,
  weightGradient: 0.5,
};

/** No error is more than twice that of PyTorch's float32, which accumulates some of these sums in float64. */
export function statisticsCases(index: string): ConformanceCase[] {
  const entries = JSON.parse(index) as readonly Entry[];
  return entries.map(({ errors: theirs, ...rule }) =>
    checkCase(`${nameOf(rule)} (PyTorch's errors)`, rule.op, async (device) => {
      const ours = await measureStatistics(rule, device);
      return (Object.keys(theirs) as Quantity[]).flatMap((what) => {
        const limit = Math.max(2 * theirs[what]!, granted[what]);
        const error = ours[what] ?? Infinity;
        if (error <= limit) return [];
        return [`${what}: error is ${error} of what it may be, PyTorch's is ${theirs[what]}`];
      });
    }),
  );
}
