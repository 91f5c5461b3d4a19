import {
  abs,
  argmax,
  argmin,
  cast,
  cumsum,
  flip,
  log,
  logSumExp,
  max,
  mean,
  min,
  mul,
  prod,
  sqrt,
  square,
  sub,
  sum,
  topk,
  neg,
  add,
  type Tensor,
} from '@convnet/tensor-core';

import type { Operator } from '../import/operator.ts';
import { asNumbers } from '../import/operands.ts';
import { axesOf } from './axes.ts';

interface Reduction {
  (x: Tensor, axes: readonly number[], options: { readonly keepDim: boolean }): Tensor;
}

/** The axes are an attribute, from opset `inputSince` on an input. The result has the type of x. */
const reduction = (reduce: Reduction, inputSince = 18): Operator => ({
  host: [1],
  prepare: (node) => {
    const axes = axesOf(node, inputSince);
    const keepDim = node.flag('keepdims', true);
    return (inputs) => {
      const x = inputs.tensor(0);
      const along = axes(x.rank, inputs.numbers(1));
      return cast(reduce(asNumbers(x), along, { keepDim }), x.dtype);
    };
  },
});

const position = (
  find: (x: Tensor, axis: number, options: { keepDim: boolean }) => Tensor,
): Operator => ({
  prepare: (node) => {
    const axis = node.int('axis', 0);
    const keepDim = node.flag('keepdims', true);
    const isLast = node.flag('select_last_index');
    return (inputs) => {
      const x = inputs.tensor(0);
      if (!isLast) return find(x, axis, { keepDim });
      const extent = x.shape[axis < 0 ? axis + x.rank : axis]!;
      return add(neg(find(flip(x, axis), axis, { keepDim })), extent - 1);
    };
  },
});

const topKOf: Operator = {
  host: [1],
  prepare: (node) => {
    const axis = node.int('axis', -1);
    const largest = node.flag('largest', true);
    node.ignore('sorted');
    const attribute = node.opset < 10 ? node.int('k', 1) : null;
    return (inputs) => topk(inputs.tensor(0), attribute ?? inputs.number(1)!, axis, { largest });
  },
};

const cumulative: Operator = {
  host: [1],
  prepare: (node) => {
    const isExclusive = node.flag('exclusive');
    const isReverse = node.flag('reverse');
    return (inputs) => {
      const x = inputs.tensor(0);
      const axis = inputs.number(1)!;
      const turned = isReverse ? flip(x, axis) : x;
      const sums = cumsum(turned, axis);
      const y = isExclusive ? sub(sums, turned) : sums;
      return isReverse ? flip(y, axis) : y;
    };
  },
};

export const reductionOperators: Readonly<Record<string, Operator>> = {
  ArgMax: position(argmax),
  ArgMin: position(argmin),
  CumSum: cumulative,
  ReduceL1: reduction((x, axes, options) => sum(abs(x), axes, options)),
  ReduceL2: reduction((x, axes, options) => sqrt(sum(square(x), axes, options))),
  ReduceLogSum: reduction((x, axes, options) => log(sum(x, axes, options))),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceMax: reduction(max),
  ReduceMean: reduction((x, axes, options) =>
    mean(x.dtype === 'int32' ? cast(x, 'float32') : x, axes, options),
  ),
  ReduceMin: reduction(min),
  ReduceProd: reduction(prod),
  ReduceSum: reduction(sum, 13),
  ReduceSumSquare: reduction((x, axes, options) => sum(mul(x, x), axes, options)),
  TopK: topKOf,
};
