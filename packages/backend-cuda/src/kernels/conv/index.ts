import {
  convolutionOf,
  elementCount,
  isPointwise,
  type ConvGeometry,
  type Convolution,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';

import { memoryOf } from '../../cuda-buffer.ts';
import type { KernelContext } from '../../commands/kernel-context.ts';
import { planProduct } from '../matmul.ts';
import { isBuiltIn, noEnding, type Ending } from '../product/ending.ts';
import { divide, type Machine } from '../product/tiles.ts';
import { mostSigned, requireCountable } from '../countable.ts';
import { endingKey, Plans, runPlan, type Plan } from '../product/plan.ts';
import {
  depthwiseForwardPlan,
  depthwiseInputGradPlan,
  depthwiseWeightGradPlan,
  hasSmallFilter,
  isDepthwise,
} from './depthwise.ts';
import { directForwardPlan, directInputGradPlan, directWeightGradPlan } from './direct.ts';
import { multiplications, phaseCount } from './geometry.ts';
import {
  groupedForwardPlan,
  groupedInputGradPlan,
  groupedWeightGradPlan,
  isGroupedForward,
  isGroupedInputGrad,
  isGroupedWeightGrad,
} from './grouped.ts';
import {
  forwardPlan,
  inputGradPlan,
  pointwiseForward,
  pointwiseInputGrad,
  pointwiseWeightGrad,
  weightGradPlan,
} from './products.ts';

/** Multiplications up to which tiles would be empty for the most part. */
const fewMultiplications = 1 << 11;

/** Phases of a stride from which on the input gradient goes position by position. */
const manyPhases = 16;

/** Positions, and weights, are counted in 31 bits, but where elements are computed one by one. Blocks at the end count a little beyond. */
const mostPositions = mostSigned - 2 ** 24;

function isLong(c: Convolution): boolean {
  const weights = c.outputs * c.perGroup * c.tapCount;
  const positions = c.batch * Math.max(c.positions, c.inputPositions);
  return Math.max(positions, weights) > mostPositions || longestReach(c) > mostReach;
}

/** How far out a tap may lie: kernels but those that go one by one take 2^30 for where nothing is. */
const mostReach = 2 ** 30 - 1;

/** Positions of the longest axis, with all that taps reach. */
function longestReach({ taps, dilation, input, output, stride, pad }: Convolution): number {
  const reaches = taps.map(
    (count, axis) =>
      Math.max(input[axis]!, (output[axis]! - 1) * stride[axis]!) +
      (count - 1) * dilation[axis]! +
      Math.abs(pad[axis]!),
  );
  return Math.max(...reaches);
}

/** @throws KernelSizeError for what no kernel can count. */
function requireConvolution(c: Convolution): void {
  const positions = longestReach(c);
  requireCountable('conv', { 'positions of an axis with its padding': positions }, mostSigned);
  const { channels, outputs } = c;
  requireCountable('conv', { channels, outputs }, mostSigned);
}

/** Blocks of a grid along its second and third axis. */
const mostAcross = 65_535;

/** Whether a device takes the grids of a plan: channels and taps of unusual convolutions outgrow them. */
function fitsGrid({ launches }: Plan): boolean {
  return launches.every(({ shape: { grid } }) => grid[1] <= mostAcross && grid[2] <= mostAcross);
}

const orDirect = (plan: Plan, direct: () => Plan): Plan => (fitsGrid(plan) ? plan : direct());

function isOneByOne(c: Convolution): boolean {
  return multiplications(c) <= fewMultiplications || isLong(c);
}

/** The plan of a convolution with what follows it. */
export function planForward(c: Convolution, ending: Ending, machine: Machine): Plan {
  requireConvolution(c);
  if (isOneByOne(c)) return directForwardPlan(c, ending);
  const direct = (): Plan => directForwardPlan(c, ending);
  if (isDepthwise(c) && hasSmallFilter(c))
    return orDirect(depthwiseForwardPlan(c, ending, machine), direct);
  if (isGroupedForward(c)) return orDirect(groupedForwardPlan(c, ending, machine), direct);
  return isPointwise(c)
    ? planProduct(pointwiseForward(c), ending, machine)
    : forwardPlan(c, ending, machine);
}

/** Left is the gradient of the output, right the weight. */
export function planInputGrad(c: Convolution, machine: Machine): Plan {
  requireConvolution(c);
  const direct = (): Plan => directInputGradPlan(c);
  if (isOneByOne(c) || phaseCount(c) > manyPhases) return directInputGradPlan(c);
  if (isDepthwise(c) && c.outputsPerGroup === 1 && hasSmallFilter(c))
    return orDirect(depthwiseInputGradPlan(c, machine), direct);
  // A channel of several outputs: its sums are short.
  if (isDepthwise(c)) return directInputGradPlan(c);
  if (isGroupedInputGrad(c)) return orDirect(groupedInputGradPlan(c, machine), direct);
  return isPointwise(c)
    ? planProduct(pointwiseInputGrad(c), noEnding, machine)
    : inputGradPlan(c, machine);
}

/** Left is the input, right the gradient of the output. */
export function planWeightGrad(c: Convolution, machine: Machine): Plan {
  requireConvolution(c);
  if (isOneByOne(c)) return directWeightGradPlan(c);
  const direct = (): Plan => directWeightGradPlan(c);
  if (isDepthwise(c)) return orDirect(depthwiseWeightGradPlan(c, machine), direct);
  if (isGroupedWeightGrad(c)) return orDirect(groupedWeightGradPlan(c, machine), direct);
  return isPointwise(c)
    ? turned(planProduct(pointwiseWeightGrad(c), noEnding, machine))
    : weightGradPlan(c, machine);
}

/** A plan whose left and right are given the other way round. */
function turned(plan: Plan): Plan {
  return {
    ...plan,
    launches: plan.launches.map((launch) => ({
      ...launch,
      pointers: launch.pointers.map((role) =>
        role === 'left' ? 'right' : role === 'right' ? 'left' : role,
      ),
    })),
  };
}

function keyOf(shapes: readonly (readonly number[])[], g: ConvGeometry): string {
  const lists = [...shapes, g.stride, g.padBegin, g.padEnd, g.dilation];
  return `${lists.map((list) => list.join()).join(' ')} ${g.groups}`;
}

/** Says what computes a convolution: own kernels by the given plan, or a library. */
export interface ConvolutionChoice {
  forward(c: Convolution, ending: Ending, own: Plan): Plan;
  /** Left is the gradient of the output, right the weight. */
  inputGrad(c: Convolution, own: Plan): Plan;
  /** Left is the input, right the gradient of the output. */
  weightGrad(c: Convolution, own: Plan): Plan;
}

/** @param pointwise for activations that no convolution ends with by itself */
export function convKernels(
  context: KernelContext,
  choice: ConvolutionChoice | null,
  pointwise: Kernels['pointwise'],
): Pick<Kernels, 'conv' | 'convInputGrad' | 'convWeightGrad'> &
  Required<Pick<Kernels, 'fusedConv'>> {
  const plans = new Plans();
  const machine: Machine = { ...context.facts, divide };

  const fusedConv: Required<Kernels>['fusedConv'] = (
    x,
    weight,
    bias,
    geometry,
    { residual, activation },
    out,
  ) => {
    const result = context.allocate(out);
    if (elementCount(out.shape) === 0) return result;
    const later = activation !== null && !isBuiltIn(activation) ? activation : null;
    const ending: Ending = { bias, residual, activation: later === null ? activation : null };
    const plan = plans.get(
      `y ${keyOf([x.shape, weight.shape], geometry)} ${endingKey(ending)}`,
      () => {
        const c = convolutionOf('cuda', x.shape, weight.shape, out.shape, geometry);
        const own = planForward(c, ending, machine);
        return choice?.forward(c, ending, own) ?? own;
      },
    );
    runPlan(
      context,
      plan,
      { left: memoryOf(x), right: memoryOf(weight), out: result.memory },
      ending,
    );
    if (later === null) return result;
    const y: Operand = { ...out, buffer: result };
    const activated = pointwise(later.name, [y], later.scalars, out);
    context.free(result);
    return activated;
  };

  return {
    fusedConv,

    conv: (x, weight, bias, geometry, out) =>
      fusedConv(x, weight, bias, geometry, { residual: null, activation: null }, out),

    convInputGrad(dy, weight, geometry, out) {
      const result = context.allocate(out);
      if (elementCount(out.shape) === 0) return result;
      const plan = plans.get(`x ${keyOf([out.shape, weight.shape], geometry)}`, () => {
        const c = convolutionOf('cuda', out.shape, weight.shape, dy.shape, geometry);
        const own = planInputGrad(c, machine);
        return choice?.inputGrad(c, own) ?? own;
      });
      runPlan(
        context,
        plan,
        { left: memoryOf(dy), right: memoryOf(weight), out: result.memory },
        noEnding,
      );
      return result;
    },

    convWeightGrad(x, dy, geometry, out) {
      const result = context.allocate(out);
      if (elementCount(out.shape) === 0) return result;
      const plan = plans.get(`w ${keyOf([x.shape, out.shape], geometry)}`, () => {
        const c = convolutionOf('cuda', x.shape, out.shape, dy.shape, geometry);
        const own = planWeightGrad(c, machine);
        return choice?.weightGrad(c, own) ?? own;
      });
      runPlan(
        context,
        plan,
        { left: memoryOf(x), right: memoryOf(dy), out: result.memory },
        noEnding,
      );
      return result;
    },
  };
}
