import {
  adamNumbers,
  add,
  mul,
  select,
  sub,
  type AdamStep,
  type SgdStep,
  type Tensor,
} from '@convnet/tensor-core';
import type { Call, Calls } from './call.ts';

/** After which of 50 steps the trajectories are stored. */
const shownSteps = [1, 2, 10, 50];

/** Follows the gradient curvature (p - target) + noise of each step and returns p at the stored steps. */
function trajectory(
  [start, target, curvature, noise]: readonly Tensor[],
  update: (parameter: Tensor, gradient: Tensor, step: number) => void,
): readonly Tensor[] {
  const parameter = mul(start!, 1);
  const shown: Tensor[] = [];
  for (let step = 1; step <= noise!.shape[0]!; step++) {
    const slope = mul(curvature!, sub(parameter, target!));
    update(parameter, add(slope, select(noise!, 0, step - 1)), step);
    if (shownSteps.includes(step)) shown.push(mul(parameter, 1));
  }
  return shown;
}

const sgd: Call = (
  t,
  { learningRate, ...args }: Partial<SgdStep> & { readonly learningRate: number },
) => {
  const options: Omit<SgdStep, 'first'> = {
    momentum: 0,
    dampening: 0,
    weightDecay: 0,
    nesterov: false,
    maximize: false,
    ...args,
  };
  const velocity = options.momentum === 0 ? null : mul(t[0]!, 0);
  return trajectory(t, (parameter, gradient, step) => {
    const attributes = { ...options, first: step === 1 };
    parameter.device.kernels.sgdStep(parameter, gradient, velocity, attributes, learningRate);
  });
};

interface AdamArguments extends Partial<AdamStep> {
  readonly learningRate?: number;
  readonly betas?: readonly [number, number];
}

const adam =
  (decoupled: boolean): Call =>
  (t, { learningRate = 0.001, betas = [0.9, 0.999], ...args }: AdamArguments) => {
    const options: AdamStep = {
      beta1: betas[0],
      beta2: betas[1],
      epsilon: 1e-8,
      weightDecay: decoupled ? 0.01 : 0,
      decoupled,
      maximize: false,
      ...args,
    };
    const mean = mul(t[0]!, 0);
    const square = mul(t[0]!, 0);
    return trajectory(t, (parameter, gradient, step) => {
      const numbers = adamNumbers(options, learningRate, step);
      parameter.device.kernels.adamStep(parameter, gradient, mean, square, options, numbers);
    });
  };

/** The steps of the optimisers, as the kernels take them. */
export const optimizerCalls: Calls = { SGD: sgd, Adam: adam(false), AdamW: adam(true) };
