import { integersFrom, requireKind } from '../kinds.ts';
import { promote } from '../dtype.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { spliced } from '../lists.ts';
import { requireTensor, requireTensors } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatValue } from '../format-value.ts';
import { formatShape, normalizeAxis, requireNumbers, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { cast, reshape } from './layout.ts';
import { axesOf, moveOperation, straight } from './move-operation.ts';

const permuteOperation = moveOperation<{ readonly axes: readonly number[] }>('permute', {
  shape: ([x], { axes }) => axes.map((axis) => x!.shape[axis]!),
  box: (x, _, __, { axes }) =>
    straight(
      axes.map((axis) => x.shape[axis]!),
      { axis: axes },
    ),
  gradient: (g, _, { axes }) => [
    permute(
      g,
      axes.map((__, axis) => axes.indexOf(axis)),
    ),
  ],
});

/**
 * Reorders the axes: axis i of the result is axis `axes[i]` of `x`.
 * @throws ShapeError where `axes` is not a permutation.
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  requireTensor('permute', x);
  requireNumbers('permute', 'axes', axes);
  const order = axes.map((axis) => normalizeAxis('permute', axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `permute: expected each of the ${x.rank} axes once, got ${formatShape(axes)}`,
    );
  }
  return apply(permuteOperation, [x], { axes: order })[0]!;
}

/** Exchanges two axes. */
export function transpose(x: Tensor, a: number, b: number): Tensor {
  requireTensor('transpose', x);
  const order = axesOf(x.shape);
  const first = normalizeAxis('transpose', a, x.rank);
  const second = normalizeAxis('transpose', b, x.rank);
  order[first] = second;
  order[second] = first;
  return permute(x, order);
}

interface SliceAttributes {
  readonly start: readonly number[];
  readonly step: readonly number[];
  readonly size: readonly number[];
}

const sliceOperation = moveOperation<SliceAttributes>('slice', {
  shape: (_, { size }) => size,
  box: (_, __, ___, { size, start, step }) => straight(size, { from: start, fromStep: step }),
  gradient: (g, inputShapes, { start, step }) => [
    place(g, { shape: inputShapes[0]!, start, step }),
  ],
});

interface PlaceAttributes {
  readonly shape: readonly number[];
  readonly start: readonly number[];
  readonly step: readonly number[];
}

/** The inverse of slice: the elements of x at every `step` from `start` on, zeros elsewhere. */
const placeOperation = moveOperation<PlaceAttributes>('place', {
  shape: (_, { shape }) => shape,
  box: (x, _, __, { start, step }) =>
    straight(x.shape, {
      // The output is walked forwards: a negative step walks the source backwards instead.
      from: x.shape.map((extent, axis) => (step[axis]! < 0 ? Math.max(extent - 1, 0) : 0)),
      fromStep: step.map(Math.sign),
      to: x.shape.map((extent, axis) =>
        step[axis]! < 0 ? start[axis]! + step[axis]! * Math.max(extent - 1, 0) : start[axis]!,
      ),
      toStep: step.map(Math.abs),
    }),
  gradient: (g, inputShapes, { start, step }) => [
    apply(sliceOperation, [g], { start, step, size: inputShapes[0]! })[0]!,
  ],
});

function place(x: Tensor, attributes: PlaceAttributes): Tensor {
  return apply(placeOperation, [x], attributes)[0]!;
}

/**
 * The positions `start, start + step, …` before `end` along one axis; negative positions count from the
 * back, and both ends are clamped, as Python's slices. `step` may be negative.
 */
export function slice(x: Tensor, axis: number, start: number, end?: number, step = 1): Tensor {
  requireTensor('slice', x);
  const along = normalizeAxis('slice', axis, x.rank);
  if (!Number.isInteger(step) || step === 0) {
    throw new ArgumentError(`slice: expected a step that is an integer other than 0, got ${step}`);
  }
  if (!Number.isInteger(start) || !(end === undefined || Number.isInteger(end))) {
    throw new ArgumentError(
      `slice: expected start and end as integers, got ${start} and ${end ?? 'none'}`,
    );
  }
  const extent = x.shape[along]!;
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const clamp = (position: number): number =>
    Math.min(Math.max(position < 0 ? position + extent : position, low), high);
  const first = clamp(start);
  const last = end === undefined ? (step > 0 ? extent : -1) : clamp(end);
  const count = Math.max(0, Math.ceil((last - first) / step));
  if (count === extent && step === 1) return x;
  return apply(sliceOperation, [x], {
    start: x.shape.map((_, i) => (i === along ? (count === 0 ? 0 : first) : 0)),
    step: x.shape.map((_, i) => (i === along ? step : 1)),
    size: spliced(x.shape, along, 1, count),
  })[0]!;
}

/** The elements at one position along `axis`, which is removed. */
export function select(x: Tensor, axis: number, position: number): Tensor {
  requireTensor('select', x);
  const along = normalizeAxis('select', axis, x.rank);
  const extent = x.shape[along]!;
  if (!Number.isInteger(position) || position < -extent || position >= extent) {
    throw new ShapeError(
      `select: expected a position from ${-extent} to ${extent - 1} on axis ${along} of ` +
        `${formatShape(x.shape)}, got ${position}`,
    );
  }
  const at = position < 0 ? position + extent : position;
  return scope(() => squeeze1(slice(x, along, at, at + 1), along));
}

function squeeze1(x: Tensor, axis: number): Tensor {
  return reshape(x, spliced(x.shape, axis, 1));
}

/** Reverses the order along the axes. */
export function flip(x: Tensor, axes: number | readonly number[]): Tensor {
  requireTensor('flip', x);
  const given = typeof axes === 'number' ? [axes] : axes;
  requireNumbers('flip', 'axes', given);
  const list = given.map((axis) => normalizeAxis('flip', axis, x.rank));
  return apply(sliceOperation, [x], {
    start: x.shape.map((extent, axis) => (list.includes(axis) ? Math.max(extent - 1, 0) : 0)),
    step: x.shape.map((_, axis) => (list.includes(axis) ? -1 : 1)),
    size: x.shape,
  })[0]!;
}

const concatOperation = moveOperation<{ readonly axis: number }>('concat', {
  shape: (inputs, { axis }) =>
    spliced(
      inputs[0]!.shape,
      axis,
      1,
      inputs.reduce((total, input) => total + input.shape[axis]!, 0),
    ),
  box: (input, position, inputs, { axis }) => {
    const before = inputs.slice(0, position).reduce((total, t) => total + t.shape[axis]!, 0);
    return straight(input.shape, { to: input.shape.map((_, i) => (i === axis ? before : 0)) });
  },
  gradient: (g, inputShapes, { axis }) =>
    split(
      g,
      inputShapes.map((shape) => shape[axis]!),
      axis,
    ),
});

/**
 * Tensors one behind the other along `axis`, promoted to one element type. torch.cat.
 * @throws ShapeError where the other extents differ, or there is no tensor.
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  requireTensors('concat', tensors);
  const first = firstOf('concat', tensors);
  const along = normalizeAxis('concat', axis, first.rank);
  const rest = spliced(first.shape, along, 1);
  for (const { rank, shape } of tensors) {
    if (rank !== first.rank || !sameShape(spliced(shape, along, 1), rest)) {
      throw new ShapeError(
        `concat: expected tensors alike in all but axis ${along}, got ${describeAll(tensors)}`,
      );
    }
  }
  if (tensors.length === 1) return first;
  const dtype = tensors.map((tensor) => tensor.dtype).reduce(promote);
  return scope(() => {
    const alike = tensors.map((tensor) => cast(tensor, dtype));
    return apply(concatOperation, alike, { axis: along })[0]!;
  });
}

/** Tensors of one shape side by side along a new axis. @throws ShapeError where shapes differ. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  requireTensors('stack', tensors);
  const first = firstOf('stack', tensors);
  const at = normalizeAxis('stack', axis, first.rank + 1);
  if (!tensors.every(({ shape }) => sameShape(shape, first.shape))) {
    throw new ShapeError(`stack: expected tensors of one shape, got ${describeAll(tensors)}`);
  }
  return scope(() =>
    concat(
      tensors.map((tensor) => reshape(tensor, spliced(tensor.shape, at, 0, 1))),
      at,
    ),
  );
}

function firstOf(op: string, tensors: readonly Tensor[]): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new ShapeError(`${op}: expected at least one tensor`);
  return first;
}

function describeAll(tensors: readonly Tensor[]): string {
  return tensors.map((tensor) => tensor.describe()).join(' and ');
}

/**
 * Cuts along `axis` into pieces of `size` (the last may be smaller), or of the given sizes.
 * @throws ShapeError where the sizes do not add up.
 */
export function split(x: Tensor, size: number | readonly number[], axis = 0): Tensor[] {
  requireTensor('split', x);
  const along = normalizeAxis('split', axis, x.rank);
  const extent = x.shape[along]!;
  requireKind('split', 'size', size, integersFrom(0));
  const given = typeof size === 'number' ? [size] : size;
  if (!given.every((s) => Number.isInteger(s) && s >= (typeof size === 'number' ? 1 : 0))) {
    throw new ArgumentError(
      `split: expected a size that is an integer ≥ 1, or several ≥ 0, got ${formatValue(size)}`,
    );
  }
  const sizes =
    typeof size === 'number'
      ? Array.from({ length: Math.ceil(extent / size) }, (_, i) =>
          Math.min(size, extent - i * size),
        )
      : size;
  if (sizes.reduce((total, part) => total + part, 0) !== extent) {
    throw new ShapeError(
      `split: sizes ${formatShape(sizes)} do not add up to the ${extent} elements of axis ${along}`,
    );
  }
  let start = 0;
  return sizes.map((part) => {
    start += part;
    return slice(x, along, start - part, start);
  });
}
