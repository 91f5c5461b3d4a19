import * as ops from '@convnet/tensor-core/ops';
import type { Tensor } from '@convnet/tensor-core';
import type { Calls } from './call.ts';

interface MaxPoolArguments extends ops.MaxPoolOptions {
  readonly kernelSize: ops.PerAxis;
}

interface AvgPoolArguments extends ops.AvgPoolOptions {
  readonly kernelSize: ops.PerAxis;
}

interface AdaptiveArguments {
  readonly outputSize: ops.AdaptiveSize;
}

interface FractionalArguments extends ops.FractionalMaxPoolOptions {
  readonly kernelSize: ops.PerAxis;
}

interface BatchNormArguments extends ops.BatchNormOptions {
  /** What the inputs are. */
  readonly parts: readonly ('x' | keyof ops.BatchNormState)[];
}

interface ResponseArguments extends ops.LocalResponseNormOptions {
  readonly size: number;
}

function normInputs(
  t: readonly Tensor[],
  parts: BatchNormArguments['parts'],
): { readonly x: Tensor; readonly state: ops.BatchNormState } {
  const part = (name: (typeof parts)[number]): Tensor | null => t[parts.indexOf(name)] ?? null;
  return {
    x: part('x')!,
    state: {
      weight: part('weight'),
      bias: part('bias'),
      runningMean: part('runningMean'),
      runningVar: part('runningVar'),
    },
  };
}

/** The result and the running statistics, which have been changed in place. */
function normOutputs(
  y: Tensor,
  { runningMean, runningVar }: ops.BatchNormState,
): readonly Tensor[] {
  return runningMean === null || runningVar === null ? [y] : [y, runningMean, runningVar];
}

function batchNorm(
  t: readonly Tensor[],
  { parts, ...options }: BatchNormArguments,
): readonly Tensor[] {
  const { x, state } = normInputs(t, parts);
  return normOutputs(ops.batchNorm(x, state, options), state);
}

interface InstanceNormArguments extends ops.InstanceNormOptions {
  readonly parts: BatchNormArguments['parts'];
}

function instanceNorm(
  t: readonly Tensor[],
  { parts, ...options }: InstanceNormArguments,
): readonly Tensor[] {
  const { x, state } = normInputs(t, parts);
  return normOutputs(ops.instanceNorm(x, state, options), state);
}

interface GroupNormArguments {
  readonly numGroups: number;
  readonly epsilon?: number;
}

interface LayerNormArguments {
  readonly normalizedShape: readonly number[];
  readonly epsilon?: number;
}

interface LpPoolArguments extends Omit<ops.PoolOptions, 'padding'> {
  readonly normType: number;
  readonly kernelSize: ops.PerAxis;
}

interface RoiAlignArguments extends ops.RoiAlignOptions {
  readonly outputSize: ops.PerAxis;
}

export const networkCalls: Calls = {
  conv: ([x, w, b], options: ops.ConvOptions) => ops.conv(x!, w!, b ?? null, options),
  convTranspose: ([x, w, b], options: ops.ConvTransposeOptions) =>
    ops.convTranspose(x!, w!, b ?? null, options),
  maxPoolWithIndices: ([x], { kernelSize, ...options }: MaxPoolArguments) =>
    ops.maxPoolWithIndices(x!, kernelSize, options),
  avgPool: ([x], { kernelSize, ...options }: AvgPoolArguments) =>
    ops.avgPool(x!, kernelSize, options),
  fractionalMaxPoolWithIndices: (
    [x, randomSamples],
    { kernelSize, ...options }: FractionalArguments,
  ) =>
    ops.fractionalMaxPoolWithIndices(x!, kernelSize, {
      ...options,
      randomSamples: randomSamples!,
    }),
  adaptiveAvgPool: ([x], { outputSize }: AdaptiveArguments) => ops.adaptiveAvgPool(x!, outputSize),
  adaptiveMaxPool: ([x], { outputSize }: AdaptiveArguments) => ops.adaptiveMaxPool(x!, outputSize),
  adaptiveMaxPoolWithIndices: ([x], { outputSize }: AdaptiveArguments) =>
    ops.adaptiveMaxPoolWithIndices(x!, outputSize),
  matmul: ([a, b]) => ops.matmul(a!, b!),
  linear: ([x, w, b]) => ops.linear(x!, w!, b ?? null),
  batchNorm,
  instanceNorm,
  groupNorm: ([x, weight, bias], { numGroups, ...options }: GroupNormArguments) =>
    ops.groupNorm(x!, numGroups, { weight: weight ?? null, bias: bias ?? null, ...options }),
  layerNorm: ([x, weight, bias], { normalizedShape, ...options }: LayerNormArguments) =>
    ops.layerNorm(x!, normalizedShape, { weight: weight ?? null, bias: bias ?? null, ...options }),
  rmsNorm: ([x, weight], { normalizedShape, ...options }: LayerNormArguments) =>
    ops.rmsNorm(x!, normalizedShape, { weight: weight ?? null, ...options }),
  squash: ([x], { axis }: { axis: number }) => ops.squash(x!, axis),
  lpPool: ([x], { normType, kernelSize, ...options }: LpPoolArguments) =>
    ops.lpPool(x!, normType, kernelSize, options),
  globalAvgPool: ([x]) => ops.globalAvgPool(x!),
  globalMaxPool: ([x]) => ops.globalMaxPool(x!),
  interpolate: ([x], options: ops.InterpolateOptions) => ops.interpolate(x!, options),
  roiAlign: ([x, rois], { outputSize, ...options }: RoiAlignArguments) =>
    ops.roiAlign(x!, rois!, outputSize, options),
  nms: ([boxes, scores, labels], options: ops.NmsOptions) =>
    ops.nms(boxes!, scores!, labels === undefined ? options : { ...options, labels }),
  gridSample: ([x, grid], options: ops.GridSampleOptions) => ops.gridSample(x!, grid!, options),
  localResponseNorm: ([x], { size, ...options }: ResponseArguments) =>
    ops.localResponseNorm(x!, size, options),
};
