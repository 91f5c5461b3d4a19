import * as ops from '@convnet/tensor-core/ops';
import type { Call, Calls } from './call.ts';

interface AxesArguments extends ops.ReduceOptions {
  readonly axes?: readonly number[];
}

interface AxisArguments extends ops.ReduceOptions {
  readonly axis: number;
}

const over =
  (op: typeof ops.sum): Call =>
  ([x], { axes, ...options }: AxesArguments) =>
    op(x!, axes, options);

const along =
  (op: typeof ops.argmax): Call =>
  ([x], { axis, ...options }: AxisArguments) =>
    op(x!, axis, options);

export const reduceCalls: Calls = {
  sum: over(ops.sum),
  mean: over(ops.mean),
  max: over(ops.max),
  min: over(ops.min),
  prod: over(ops.prod),
  logSumExp: over(ops.logSumExp),
  variance: ([x], { axes, ...options }: AxesArguments & ops.VarianceOptions) =>
    ops.variance(x!, axes, options),
  std: ([x], { axes, ...options }: AxesArguments & ops.VarianceOptions) =>
    ops.std(x!, axes, options),
  // JSON has no infinities: they come as their names.
  norm: ([x], { axes, p, ...options }: AxesArguments & { readonly p?: number | string }) =>
    ops.norm(x!, axes, { ...options, ...(p !== undefined && { p: Number(p) }) }),
  all: ([x], { axis, ...options }: AxisArguments) => ops.all(x!, axis, options),
  any: ([x], { axis, ...options }: AxisArguments) => ops.any(x!, axis, options),
  argmax: along(ops.argmax),
  argmin: along(ops.argmin),
  softmax: ([x], { axis }: AxisArguments) => ops.softmax(x!, axis),
  logSoftmax: ([x], { axis }: AxisArguments) => ops.logSoftmax(x!, axis),
};
