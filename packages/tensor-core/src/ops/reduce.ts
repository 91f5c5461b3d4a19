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
import { expand, sumOperation } from './broadcast.ts';
import { cast, reshape } from './layout.ts';
import { pointwise } from './pointwise-table.ts';
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
    readonly reduced: number;
    spread(t: Tensor): Tensor;
    total(t: Tensor): Tensor;
    product(t: Tensor): Tensor;
  }) => Tensor;
}

/** Extremes share their gradient among equals, as torch.amax. */
const extreme: ReduceRow = {
  result: 'same',
  emptyAllowed: false,
  savesValues: true,
  gradient: ({ g, x, y, spread, total }) => {
    const chosen = cast(pointwise('eq', [x, spread(y)]), x.dtype);
    return pointwise('mul', [chosen, spread(pointwise('div', [g, total(chosen)]))]);
  },
};

const reduceTable: Readonly<Record<Exclude<ReduceName, 'sum'>, ReduceRow>> = {
  mean: {
    result: 'same',
    emptyAllowed: true,
    savesValues: false,
    gradient: ({ g, reduced, spread }) => spread(pointwise('mulScalar', [g], [1 / reduced])),
  },
  max: extreme,
  min: extreme,
  prod: {
    result: 'same',
    emptyAllowed: true,
    savesValues: true,
    // The product of the others: with one zero its own alone is not 0, with two none is.
    gradient: ({ g, x, spread, total, product }) => {
      const zero = pointwise('logicalNot', [x]);
      const safe = pointwise('add', [x, cast(zero, x.dtype)]);
      const zeros = spread(total(cast(zero, x.dtype)));
      const all = spread(pointwise('mul', [g, product(safe)]));
      const others = pointwise('div', [all, safe]);
      const few = pointwise('le', [zeros, cast(zero, x.dtype)]);
      return pointwise('where', [few, others, pointwise('mulScalar', [all], [0])]);
    },
  },
  argmax: { result: 'index', emptyAllowed: false, savesValues: false },
  argmin: { result: 'index', emptyAllowed: false, savesValues: false },
};

function operationOf(name: keyof typeof reduceTable): Operation<ReduceAttributes> {
  const row = reduceTable[name];
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
  const shape = inputShapes[0]!;
  const kept = shape.map((extent, axis) => (attributes.axes.includes(axis) ? 1 : extent));
  return row.gradient!({
    g: gradients[0]!,
    x: inputs[0]!,
    y: outputs[0]!,
    reduced: attributes.axes.reduce((product, axis) => product * shape[axis]!, 1),
    spread: (t) => expand(reshape(t, kept), shape),
    total: (t) => sum(t, attributes.axes),
    product: (t) => applyReduce('prod', t, attributes.axes),
  });
}

const operations: Readonly<Record<ReduceName, Operation<ReduceAttributes>>> = {
  sum: sumOperation,
  mean: operationOf('mean'),
  max: operationOf('max'),
  min: operationOf('min'),
  prod: operationOf('prod'),
  argmax: operationOf('argmax'),
  argmin: operationOf('argmin'),
};

type Axes = number | readonly number[] | undefined;

function reduce(name: ReduceName, x: Tensor, axes: Axes, options: ReduceOptions): Tensor {
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
  if (!widened && !kept) return list.length === 0 ? x : applyReduce(name, x, list);
  const shape = x.shape
    .map((extent, axis) => (list.includes(axis) ? 1 : extent))
    .filter((_, axis) => kept || !list.includes(axis));
  return scope(() => {
    const input = widened ? cast(x, 'int32') : x;
    return reshape(list.length === 0 ? input : applyReduce(name, input, list), shape);
  });
}

function applyReduce(name: ReduceName, x: Tensor, axes: readonly number[]): Tensor {
  return apply(operations[name], [x], { axes })[0]!;
}

/** Sum over the axes (default all). Integers and bools add up as int32. */
export function sum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('sum', x, axes, options);
}

/** Mean over the axes (default all). @throws DTypeError for integers. */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('mean', x, axes, options);
}

/** Greatest value over the axes (default all); NaN wins. torch.amax. */
export function max(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('max', x, axes, options);
}

/** Least value over the axes (default all); NaN wins. torch.amin. */
export function min(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('min', x, axes, options);
}

/** Product over the axes (default all). */
export function prod(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('prod', x, axes, options);
}

/** Position of the greatest value along `axis`, the first of equals, as int32. */
export function argmax(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return reduce('argmax', x, axis, options);
}

/** Position of the least value along `axis`, the first of equals, as int32. */
export function argmin(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return reduce('argmin', x, axis, options);
}
