import * as ops from '../../../ops/index.ts';
import type { Tensor } from '../../../tensor.ts';
import type { Calls } from './call.ts';

interface MaxPoolArguments extends ops.MaxPoolOptions {
  readonly kernelSize: ops.PerAxis;
}

interface AvgPoolArguments extends ops.AvgPoolOptions {
  readonly kernelSize: ops.PerAxis;
}

interface AdaptiveArguments {
  readonly outputSize: ops.PerAxis;
}

interface BatchNormArguments extends ops.BatchNormOptions {
  /** What the inputs are. */
  readonly parts: readonly ('x' | keyof ops.BatchNormState)[];
}

interface ResponseArguments extends ops.LocalResponseNormOptions {
  readonly size: number;
}

function batchNorm(
  t: readonly Tensor[],
  { parts, ...options }: BatchNormArguments,
): readonly Tensor[] {
  const part = (name: (typeof parts)[number]): Tensor | null => t[parts.indexOf(name)] ?? null;
  const runningMean = part('runningMean');
  const runningVar = part('runningVar');
  const state = { weight: part('weight'), bias: part('bias'), runningMean, runningVar };
  const y = ops.batchNorm(part('x')!, state, options);
  return runningMean === null || runningVar === null ? [y] : [y, runningMean, runningVar];
}

export const networkCalls: Calls = {
  conv: ([x, w, b], options: ops.ConvOptions) => ops.conv(x!, w!, b ?? null, options),
  convTranspose: ([x, w, b], options: ops.ConvTransposeOptions) =>
    ops.convTranspose(x!, w!, b ?? null, options),
  maxPoolWithIndices: ([x], { kernelSize, ...options }: MaxPoolArguments) =>
    ops.maxPoolWithIndices(x!, kernelSize, options),
  avgPool: ([x], { kernelSize, ...options }: AvgPoolArguments) =>
    ops.avgPool(x!, kernelSize, options),
  adaptiveAvgPool: ([x], { outputSize }: AdaptiveArguments) => ops.adaptiveAvgPool(x!, outputSize),
  adaptiveMaxPool: ([x], { outputSize }: AdaptiveArguments) => ops.adaptiveMaxPool(x!, outputSize),
  matmul: ([a, b]) => ops.matmul(a!, b!),
  linear: ([x, w, b]) => ops.linear(x!, w!, b ?? null),
  batchNorm,
  localResponseNorm: ([x], { size, ...options }: ResponseArguments) =>
    ops.localResponseNorm(x!, size, options),
};
