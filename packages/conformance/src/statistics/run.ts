import * as ops from '@convnet/tensor-core/ops';
import { scope, tensor, type Device, type Tensor } from '@convnet/tensor-core';
import {
  averageError,
  gradientErrors,
  meanError,
  resultError,
  varianceError,
  type StatisticsErrors,
} from './errors.ts';
import { exactGradients, exactStatistics, type Exact } from './exact.ts';
import {
  epsilonOf,
  numbersOf,
  placesOf,
  valuesOfRule,
  type Places,
  type StatisticsRule,
} from './rule.ts';

/** Runs a rule on a device and measures what comes of it by float64. */
export async function measureStatistics(
  rule: StatisticsRule,
  device: Device,
): Promise<StatisticsErrors> {
  const places = placesOf(rule);
  const values = valuesOfRule(rule, places);
  const epsilon = epsilonOf(rule, places);
  const exact = exactStatistics(values, places, epsilon);
  return scope(() => {
    const x = tensor(values, rule.shape, { device, requiresGrad: true });
    if (rule.op === 'mean') return measureMean(x, exact);
    if (rule.op === 'variance') return measureVariance(rule, x, exact, places);
    return measureNorm(rule, x, exact, places, epsilon);
  });
}

function othersThanChannels(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
}

async function measureMean(x: Tensor, exact: Exact): Promise<StatisticsErrors> {
  return { average: averageError(await ops.mean(x, othersThanChannels(x)).data(), exact) };
}

async function measureVariance(
  rule: StatisticsRule,
  x: Tensor,
  exact: Exact,
  places: Places,
): Promise<StatisticsErrors> {
  const { count, statistics, statistic, parameters } = places;
  const axes = othersThanChannels(x);
  const [variances, deviations] = [ops.variance(x, axes), ops.std(x, axes)];
  const flowing = numbersOf(rule, 'gradient', statistics, 0.5, 1);
  variances.backward(tensor(flowing, variances.shape, { device: x.device }));
  const unbiased = exact.variance.map((v) => (v * count) / (count - 1));
  // 2 (x - mean) / (count - 1) of each element: a normalisation's numbers in other units.
  const slope = unbiased.map((_, s) => (2 * flowing[s]!) / (count - 1) / exact.inverse[s]!);
  const greatest = slope.map((value, s) => value / exact.inverse[s]!);
  const none = new Float64Array(parameters);
  const { inputGradient } = gradientErrors(
    { input: await x.grad!.data(), weight: none, bias: none },
    exact,
    {
      input: exact.normal.map((n, i) => n * slope[statistic[i]!]!),
      weight: none,
      bias: none,
      greatest,
    },
    places,
    new Float64Array(statistic.length),
  );
  return {
    variance: varianceError(await variances.data(), unbiased),
    deviation: varianceError(await deviations.data(), unbiased.map(Math.sqrt)),
    inputGradient: inputGradient!,
  };
}

function normalized(
  rule: StatisticsRule,
  x: Tensor,
  state: ops.BatchNormState,
  epsilon: number,
): Tensor {
  const { weight, bias } = state;
  switch (rule.op) {
    case 'batchNorm':
      return ops.batchNorm(x, state, { training: true, momentum: 1, epsilon });
    case 'instanceNorm':
      return ops.instanceNorm(x, state, { momentum: 1, epsilon });
    case 'groupNorm':
      return ops.groupNorm(x, rule.groups!, { weight, bias, epsilon });
    default:
      return ops.layerNorm(x, x.shape.slice(1), { weight, bias, epsilon });
  }
}

async function measureNorm(
  rule: StatisticsRule,
  x: Tensor,
  exact: Exact,
  places: Places,
  epsilon: number,
): Promise<StatisticsErrors> {
  const { device, shape } = x;
  const { parameters, statistics, count } = places;
  const parameterShape = rule.op === 'layerNorm' ? shape.slice(1) : [parameters];
  const weights = numbersOf(rule, 'weight', parameters, 0.5, 1);
  const biases = numbersOf(rule, 'bias', parameters, -1, 2);
  const dy = numbersOf(rule, 'gradient', x.size, -0.5, 1.5);
  const learned = { device, requiresGrad: true };
  const weight = tensor(weights, parameterShape, learned);
  const bias = tensor(biases, parameterShape, learned);
  // Running statistics with a momentum of 1 are those of the batch, where a statistic has a channel.
  const hasRunning = rule.op === 'batchNorm' || (rule.op === 'instanceNorm' && shape[0] === 1);
  const running = (value: number): Tensor | null =>
    hasRunning ? tensor(new Float32Array(statistics).fill(value), [statistics], { device }) : null;
  const [runningMean, runningVar] = [running(3), running(7)];
  const y = normalized(rule, x, { weight, bias, runningMean, runningVar }, epsilon);
  y.backward(tensor(dy, shape, { device }));
  const errors: StatisticsErrors = {
    result: resultError(await y.data(), exact, places, weights, biases),
    ...gradientErrors(
      {
        input: await x.grad!.data(),
        weight: await weight.grad!.data(),
        bias: await bias.grad!.data(),
      },
      exact,
      exactGradients(exact, places, dy, weights),
      places,
      dy,
    ),
  };
  if (runningMean === null || runningVar === null) return errors;
  const unbiased = exact.variance.map((v) => (v * count) / (count - 1));
  errors.mean = meanError(await runningMean.data(), exact);
  errors.variance = varianceError(await runningVar.data(), unbiased);
  return errors;
}
