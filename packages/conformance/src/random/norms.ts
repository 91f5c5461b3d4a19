import * as ops from '@convnet/tensor-core/ops';
import { fixed, uniform, type Input } from '../inputs.ts';
import type { Choices } from './choices.ts';
import { nearly, numbers, type Sketchers } from './sketch.ts';

const scaleOf = (c: Choices, shape: readonly number[]): Input =>
  uniform(nearly(c, shape), 0.5, 1.5);

/**
 * A large one: with a small one the gradient by one or two values is what rounding leaves of zero, and
 * cannot be compared. Now and then one that no operation should take.
 */
const epsilonOf = (c: Choices): number => (c.once(15) ? c.pick([-1, NaN]) : c.pick([0.1, 1]));

/** x [N, C, …], weight, bias, running mean and running variance. */
function normInputs(c: Choices): Input[] {
  const shape = [c.extent(3), c.extent(4), ...c.shape(c.integer(0, 3))];
  const channels = [shape[1]!];
  return [
    numbers(c, shape),
    scaleOf(c, channels),
    scaleOf(c, channels),
    fixed(scaleOf(c, channels)),
    fixed(scaleOf(c, channels)),
  ];
}

export const normSketches: Sketchers = {
  batchNorm: (c) => {
    const inputs = normInputs(c);
    const options = {
      training: c.once(2),
      ...c.some({ momentum: c.option([0.1, 1, 0]) }),
      epsilon: epsilonOf(c),
    };
    const [affine, running] = [c.once(2), c.once(2)];
    return {
      inputs,
      body: (x, weight, bias, runningMean, runningVar) => {
        const state = {
          weight: affine ? weight : null,
          bias: affine ? bias : null,
          runningMean: running ? runningMean : null,
          runningVar: running ? runningVar : null,
        };
        return [ops.batchNorm(x, state, options), runningMean, runningVar];
      },
    };
  },
  instanceNorm: (c) => {
    const inputs = normInputs(c);
    const options = {
      ...c.some({ useInputStats: c.once(2), momentum: c.option([0.1, 1, 0]) }),
      epsilon: epsilonOf(c),
    };
    const [affine, running] = [c.once(2), c.once(2)];
    return {
      inputs,
      body: (x, weight, bias, runningMean, runningVar) => {
        const state = {
          weight: affine ? weight : null,
          bias: affine ? bias : null,
          runningMean: running ? runningMean : null,
          runningVar: running ? runningVar : null,
        };
        return [ops.instanceNorm(x, state, options), runningMean, runningVar];
      },
    };
  },
  groupNorm: (c) => {
    const groups = c.option([1, 2, 3]);
    const channels = c.pick([6, 12, 4]);
    const affine = c.once(2);
    const epsilon = epsilonOf(c);
    return {
      inputs: [
        numbers(c, [c.extent(3), channels, ...c.shape(c.integer(0, 3))]),
        scaleOf(c, [channels]),
        scaleOf(c, [channels]),
      ],
      body: (x, weight, bias) =>
        ops.groupNorm(x, groups, { epsilon, ...(affine && { weight, bias }) }),
    };
  },
  layerNorm: (c) => {
    const shape = c.shape(c.integer(1, 4));
    const over = nearly(c, shape.slice(c.below(shape.length)));
    const affine = c.once(2);
    const epsilon = epsilonOf(c);
    return {
      inputs: [numbers(c, shape), scaleOf(c, over), scaleOf(c, over)],
      body: (x, weight, bias) =>
        ops.layerNorm(x, over, { epsilon, ...(affine && { weight, bias }) }),
    };
  },
  rmsNorm: (c) => {
    const shape = c.shape(c.integer(1, 4));
    const over = nearly(c, shape.slice(c.below(shape.length)));
    const affine = c.once(2);
    const epsilon = epsilonOf(c);
    return {
      inputs: [numbers(c, shape), scaleOf(c, over)],
      body: (x, weight) => ops.rmsNorm(x, over, { epsilon, ...(affine && { weight }) }),
    };
  },
  localResponseNorm: (c) => {
    const size = c.option([1, 2, 3, 5]);
    const options = c.some({
      alpha: c.option([0.1, 1e-4]),
      beta: c.option([0.75, 0.5]),
      k: c.pick([1, 2]),
    });
    return {
      inputs: [numbers(c, c.shape(c.integer(2, 5)))],
      body: (x) => ops.localResponseNorm(x, size, options),
    };
  },
};
