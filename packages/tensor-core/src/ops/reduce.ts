import type { ReduceName } from '../backend.ts';
import { isFloating } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { savesNothing, type GradientContext, type Operation } from '../operation.ts';
import { checkOptions } from '../options.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape, normalizeAxes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, where } from './arithmetic.ts';
import { expand, sumOperation } from './broadcast.ts';
import { eq, le, logicalNot } from './comparisons.ts';
import { cast, reshape } from './layout.ts';
import { reduceOptions, type ReduceOptions } from './reduce-options.ts';

export type { ReduceOptions } from './reduce-options.ts';

interface ReduceAttributes {
  /** Ascending. */
  readonly axes: readonly number[];
}

/** One reduction: what it gives and how its gradient flows back. */
interface ReduceRow {
  readonly result: 'same' | 'index';
  /** Whether it has a value for no elements. */
  readonly emptyAllowed: boolean;
  readonly savesValues: boolean;
  /** Gradient by the input; `spread` repeats a reduced tensor along the reduced axes. */
  readonly gradient?: (context: {
    readonly g: Tensor;
    readonly x: Tensor;
    readonly y: Tensor;
    readonly axes: readonly number[];
    readonly reduced: number;
    spread(t: Tensor): Tensor;
    total(t: Tensor): Tensor;
  }) => Tensor;
}

/* @__NO_SIDE_EFFECTS__ */
function operationOf(
  name: Exclude<ReduceName, 'sum'>,
  row: ReduceRow,
): Operation<ReduceAttributes> {
  return {
    name,
    infer([x], { axes }) {
      const shape = x!.shape.filter((_, axis) => !axes.includes(axis));
      if (!row.emptyAllowed && axes.some((axis) => x!.shape[axis] === 0)) {
        throw new ShapeError(`${name}: no elements to reduce in a tensor ${formatShape(x!.shape)}`);
      }
      return [{ shape, dtype: row.result === 'index' ? 'int32' : x!.dtype }];
    },
    run: (kernels, [x], { axes }, out) => [kernels.reduce(name, x!, axes, out[0]!)],
    saves: () => (row.savesValues ? { inputs: [0], outputs: [0] } : savesNothing),
    ...(row.gradient && { gradient: (context) => [flowBack(row, context)] }),
    cost: ([x]) => ({ macs: 0, flops: x!.size }),
  };
}

function flowBack(row: ReduceRow, context: GradientContext<ReduceAttributes>): Tensor {
  const { gradients, inputs, outputs, inputShapes, attributes } = context;
  const { axes } = attributes;
  const shape = inputShapes[0]!;
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return row.gradient!({
    g: gradients[0]!,
    x: inputs[0]!,
    y: outputs[0]!,
    axes,
    reduced: axes.reduce((product, axis) => product * shape[axis]!, 1),
    spread: (t) => expand(reshape(t, kept), shape),
    total: (t) => sum(t, axes),
  });
}

const meanOperation = operationOf('mean', {
  result: 'same',
  emptyAllowed: true,
  savesValues: false,
  gradient: ({ g, reduced, spread }) => spread(mul(g, 1 / reduced)),
});

/** Extremes share their gradient among equals, as torch.amax. */
const extreme: ReduceRow = {
  result: 'same',
  emptyAllowed: false,
  savesValues: true,
  gradient: ({ g, x, y, spread, total }) => {
    const chosen = cast(eq(x, spread(y)), x.dtype);
    return mul(chosen, spread(div(g, total(chosen))));
  },
};
const maxOperation = operationOf('max', extreme);
const minOperation = operationOf('min', extreme);

const prodOperation: Operation<ReduceAttributes> = operationOf('prod', {
  result: 'same',
  emptyAllowed: true,
  savesValues: true,
  // The product of the others: with one zero its own alone is not 0, with two none is.
  gradient: ({ g, x, axes, spread, total }) => {
    const zero = logicalNot(x);
    const safe = add(x, cast(zero, x.dtype));
    const zeros = spread(total(cast(zero, x.dtype)));
    const all = spread(mul(g, applyReduce(prodOperation, safe, axes)));
    const others = div(all, safe);
    const few = le(zeros, cast(zero, x.dtype));
    return where(few, others, mul(all, 0));
  },
});

const position: ReduceRow = { result: 'index', emptyAllowed: false, savesValues: false };
const argmaxOperation = operationOf('argmax', position);
const argminOperation = operationOf('argmin', position);

type Axes = number | readonly number[] | undefined;

function reduce(
  operation: Operation<ReduceAttributes>,
  x: Tensor,
  axes: Axes,
  options: ReduceOptions,
): Tensor {
  const { name } = operation;
  checkOptions(name, options, reduceOptions);
  requireTensor(name, x);
  const list = normalizeAxes(name, axes, x.rank);
  if (name === 'mean' && !isFloating(x.dtype)) {
    throw new DTypeError(
      `${name}: expected a floating tensor, got ${x.describe()}: cast() it first`,
    );
  }
  const widened = (name === 'sum' || name === 'prod') && !isFloating(x.dtype);
  const kept = options.keepDim === true;
  if (!widened && !kept) return list.length === 0 ? x : applyReduce(operation, x, list);
  const shape = x.shape
    .map((extent, axis) => (list.includes(axis) ? 1 : extent))
    .filter((_, axis) => kept || !list.includes(axis));
  return scope(() => {
    const input = widened ? cast(x, 'int32') : x;
    return reshape(list.length === 0 ? input : applyReduce(operation, input, list), shape);
  });
}

function applyReduce(
  operation: Operation<ReduceAttributes>,
  x: Tensor,
  axes: readonly number[],
): Tensor {
  return apply(operation, [x], { axes })[0]!;
}

/** Sum over the axes (default all). Integers and bools add up as int32. */
export function sum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(sumOperation, x, axes, options);
}

/** Mean over the axes (default all). @throws DTypeError for integers. */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(meanOperation, x, axes, options);
}

/** Greatest value over the axes (default all); NaN wins. torch.amax. */
export function max(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(maxOperation, x, axes, options);
}

/** Least value over the axes (default all); NaN wins. torch.amin. */
export function min(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(minOperation, x, axes, options);
}

/** Product over the axes (default all). */
export function prod(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(prodOperation, x, axes, options);
}

/** Position of the greatest value along `axis`, the first of equals, as int32. */
export function argmax(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return reduce(argmaxOperation, x, axis, options);
}

/** Position of the least value along `axis`, the first of equals, as int32. */
export function argmin(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return reduce(argminOperation, x, axis, options);
}
