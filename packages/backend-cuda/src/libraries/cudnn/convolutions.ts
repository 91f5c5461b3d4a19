import type { Axes, Convolution } from '@convnet/tensor-core';

import { memoryStrides } from '../../layout.ts';
import type { ConvolutionNumbers, GraphOperation, GraphTensor } from './graph.ts';

/** Tensors of graphs by what they are, as pointers name them. */
export const ids = { x: 1, w: 2, y: 3, bias: 4, residual: 5 } as const;
export type GraphRole = keyof typeof ids;
const firstVirtual = 10;

/** What follows a convolution in the same graph. */
export interface GraphEnding {
  readonly hasBias: boolean;
  readonly hasResidual: boolean;
  readonly hasRelu: boolean;
}

/** A convolution as graphs take it: without leading axes that have nothing, but with two at least. */
interface Tensors {
  readonly x: GraphTensor;
  readonly w: GraphTensor;
  readonly y: GraphTensor;
  readonly numbers: ConvolutionNumbers;
}

/**
 * Whether a graph can say what a convolution is: counts fit, padding adds, and the input ends where its last output does, within a stride. (The
 * input of a transposed convolution may go on.)
 */
export function isExpressible(c: Convolution): boolean {
  const counts = [
    c.batch * c.channels * c.inputPositions,
    c.batch * c.outputs * c.positions,
    c.outputs * c.perGroup * c.tapCount,
  ];
  if (!counts.every((count) => count > 0 && count < 2 ** 31)) return false;
  return c.input.every((extent, axis) => {
    const pad = c.pad[axis]!;
    const behind = extent + pad + padEnd(c, axis) - reach(c, axis);
    return pad >= 0 && behind < c.stride[axis]!;
  });
}

/** Positions from the first tap of the first output to the last tap of the last, on an axis. */
function reach({ output, stride, taps, dilation }: Convolution, axis: number): number {
  return (output[axis]! - 1) * stride[axis]! + (taps[axis]! - 1) * dilation[axis]! + 1;
}

/** Padding behind the last position: as much as it takes to come to the last output. */
function padEnd(c: Convolution, axis: number): number {
  return Math.max(reach(c, axis) - c.input[axis]! - c.pad[axis]!, 0);
}

function tensorsOf(c: Convolution): Tensors {
  const isFlat = c.input[0] === 1 && c.output[0] === 1 && c.taps[0] === 1 && c.pad[0] === 0;
  const axes = (values: Axes): readonly number[] => (isFlat ? values.slice(1) : values);
  const tensor = (id: number, dims: readonly number[]): GraphTensor => ({
    id,
    dims,
    strides: memoryStrides(dims),
  });
  return {
    x: tensor(ids.x, [c.batch, c.channels, ...axes(c.input)]),
    w: tensor(ids.w, [c.outputs, c.perGroup, ...axes(c.taps)]),
    y: tensor(ids.y, [c.batch, c.outputs, ...axes(c.output)]),
    numbers: {
      stride: axes(c.stride),
      dilation: axes(c.dilation),
      padBegin: axes(c.pad),
      padEnd: axes([padEnd(c, 0), padEnd(c, 1), padEnd(c, 2)]),
    },
  };
}

/** y = relu(conv(x, w) + bias + residual), without what the ending does not have. */
export function forwardGraph(c: Convolution, ending: GraphEnding): GraphOperation[] {
  const { x, w, y, numbers } = tensorsOf(c);
  const operations: GraphOperation[] = [];
  const rest = [ending.hasBias, ending.hasResidual, ending.hasRelu].filter(Boolean).length;
  let virtual = firstVirtual;
  let left = rest;
  // What is behind the last operation is the output, in memory.
  const next = (): GraphTensor => (left === 0 ? y : { ...y, id: virtual++, isVirtual: true });
  let at = next();
  operations.push({ kind: 'forward', x, w, y: at, numbers });
  const follow = (kind: 'add' | 'relu', b: GraphTensor | null): void => {
    left--;
    const to = next();
    operations.push({ kind, x: at, b, y: to });
    at = to;
  };
  if (ending.hasBias) {
    const dims = y.dims.map((extent, axis) => (axis === 1 ? extent : 1));
    follow('add', { id: ids.bias, dims, strides: memoryStrides(dims) });
  }
  if (ending.hasResidual) follow('add', { ...y, id: ids.residual });
  if (ending.hasRelu) follow('relu', null);
  return operations;
}

/** The gradient of the input, x, from that of the output, y. */
export function inputGradGraph(c: Convolution): GraphOperation[] {
  return [{ kind: 'inputGrad', ...tensorsOf(c) }];
}

/** The gradient of the weight, w. */
export function weightGradGraph(c: Convolution): GraphOperation[] {
  return [{ kind: 'weightGrad', ...tensorsOf(c) }];
}
