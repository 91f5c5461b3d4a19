import {
  contiguousStrides,
  elementCount,
  normalizeAxis,
  ShapeError,
  formatShape,
} from '@convnet/tensor-core';

import { HostTensor } from './host-tensor.ts';

/** The elements of `x` at the places that `place` gives for each place of the result. */
function picked(
  x: HostTensor,
  shape: readonly number[],
  place: (at: readonly number[]) => number,
): HostTensor {
  const data = new Float64Array(elementCount(shape));
  const at = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = x.data[place(at)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--)
      at[axis] = 0;
  }
  return new HostTensor(x.type, shape, data);
}

function withExtent(shape: readonly number[], axis: number, extent: number): number[] {
  return shape.map((old, i) => (i === axis ? extent : old));
}

/** `x` at another shape of as many elements. */
export function reshaped(x: HostTensor, shape: readonly number[]): HostTensor {
  if (elementCount(shape) !== x.size) {
    throw new ShapeError(
      `Reshape: expected a shape of ${x.size} elements, got ${formatShape(shape)}`,
    );
  }
  return new HostTensor(x.type, shape, x.data);
}

export function transposed(x: HostTensor, order: readonly number[]): HostTensor {
  const strides = contiguousStrides(x.shape);
  return picked(
    x,
    order.map((axis) => x.shape[axis]!),
    (at) => at.reduce((sum, position, i) => sum + position * strides[order[i]!]!, 0),
  );
}

/** `x` repeated along its axes of extent 1. @throws ShapeError where others differ. */
export function broadcast(x: HostTensor, shape: readonly number[]): HostTensor {
  const strides = contiguousStrides(x.shape);
  const lead = shape.length - x.shape.length;
  const fits = x.shape.every((extent, i) => extent === 1 || extent === shape[i + lead]);
  if (lead < 0 || !fits) {
    throw new ShapeError(`${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  }
  return picked(x, shape, (at) =>
    x.shape.reduce((sum, extent, i) => sum + (extent === 1 ? 0 : at[i + lead]! * strides[i]!), 0),
  );
}

export function concatenated(parts: readonly HostTensor[], axis: number): HostTensor {
  const first = parts[0]!;
  const along = normalizeAxis('Concat', axis, first.shape.length);
  const rest = (shape: readonly number[]): string => shape.filter((_, i) => i !== along).join();
  for (const { shape } of parts) {
    if (shape.length === first.shape.length && rest(shape) === rest(first.shape)) continue;
    throw new ShapeError(
      `Concat: ${formatShape(first.shape)} and ${formatShape(shape)} differ beside axis ${along}`,
    );
  }
  const extents = parts.map(({ shape }) => shape[along]!);
  const total = extents.reduce((sum, extent) => sum + extent, 0);
  const inner = elementCount(first.shape.slice(along + 1));
  const outer = elementCount(first.shape.slice(0, along));
  const data = new Float64Array(outer * total * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    parts.forEach((part, i) => {
      const length = extents[i]! * inner;
      for (let j = 0; j < length; j++) data[at++] = part.data[o * length + j]!;
    });
  }
  return new HostTensor(first.type, withExtent(first.shape, along, total), data);
}

/** Every `step`-th position from `start` on, `count` of them. */
export function strided(
  x: HostTensor,
  axis: number,
  { start, step, count }: { readonly start: number; readonly step: number; readonly count: number },
): HostTensor {
  const strides = contiguousStrides(x.shape);
  return picked(x, withExtent(x.shape, axis, count), (at) =>
    at.reduce(
      (sum, position, i) => sum + (i === axis ? start + position * step : position) * strides[i]!,
      0,
    ),
  );
}

/** The slices of `x` along `axis` at the positions of `index`, of any shape. */
export function gathered(x: HostTensor, index: HostTensor, axis: number): HostTensor {
  const along = normalizeAxis('Gather', axis, x.shape.length);
  const extent = x.shape[along]!;
  const strides = contiguousStrides(x.shape);
  const positions = Array.from(index.data, (given) => (given < 0 ? given + extent : given));
  for (const position of positions) {
    if (position >= 0 && position < extent) continue;
    throw new ShapeError(`Gather: position ${position} is outside the ${extent} of axis ${along}`);
  }
  const rank = index.shape.length;
  const indexStrides = contiguousStrides(index.shape);
  const shape = [...x.shape.slice(0, along), ...index.shape, ...x.shape.slice(along + 1)];
  return picked(x, shape, (at) => {
    let place = 0;
    for (let i = 0; i < along; i++) place += at[i]! * strides[i]!;
    const j = index.shape.reduce((sum, _, i) => sum + at[along + i]! * indexStrides[i]!, 0);
    place += positions[j]! * strides[along]!;
    for (let i = along + 1; i < x.shape.length; i++) place += at[i + rank - 1]! * strides[i]!;
    return place;
  });
}

/** Folds the axes away, or to extent 1. */
export function reduced(
  x: HostTensor,
  axes: readonly number[],
  keepDims: boolean,
  fold: (values: readonly number[]) => number,
): HostTensor {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const inner = elementCount(axes.map((axis) => x.shape[axis]!));
  const moved = transposed(x, [...kept, ...axes]).list();
  const outer = elementCount(kept.map((axis) => x.shape[axis]!));
  const data = Array.from({ length: outer }, (_, i) =>
    fold(moved.slice(i * inner, (i + 1) * inner)),
  );
  const shape = keepDims
    ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : kept.map((axis) => x.shape[axis]!);
  return new HostTensor(x.type, shape, data);
}
