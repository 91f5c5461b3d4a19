import {
  ArgumentError,
  elementCount,
  formatShape,
  normalizeAxis,
  ShapeError,
} from '@convnet/tensor-core';

import type { NodeReader } from '../import/node-reader.ts';

/*
 * What nodes say about axes and shapes: in attributes or, from some version on, in inputs. The functions read the attributes
 * and give one that is told the shape of the tensor and the numbers of the inputs behind it.
 */

/** Axes counted from the front. @throws ShapeError for one that does not exist. */
export function positiveAxes(op: string, axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => normalizeAxis(op, axis, rank));
}

/** The axes of a reduction, ascending; without any all, or none where `noop_with_empty_axes` says so. */
export function axesOf(
  node: NodeReader,
  inputSince: number,
): (rank: number, given: readonly number[] | null) => number[] {
  const attribute = node.opset < inputSince ? node.ints('axes') : null;
  const isNoop = node.flag('noop_with_empty_axes');
  return (rank, given) => {
    const axes = given ?? attribute ?? [];
    if (axes.length > 0)
      return [...new Set(positiveAxes(node.opType, axes, rank))].sort((a, b) => a - b);
    return isNoop ? [] : Array.from({ length: rank }, (_, axis) => axis);
  };
}

/** A shape without some of its axes of extent 1, by default all. */
export function squeezed(
  node: NodeReader,
): (shape: readonly number[], axes: readonly number[] | null) => number[] {
  const attribute = node.opset < 13 ? node.ints('axes') : null;
  return (shape, given) => {
    const axes = given ?? attribute;
    if (axes === null) return shape.filter((extent) => extent !== 1);
    const gone = positiveAxes('Squeeze', axes, shape.length);
    if (gone.some((axis) => shape[axis] !== 1)) {
      throw new ShapeError(`Squeeze: axes ${axes.join()} of ${formatShape(shape)} are not all 1`);
    }
    return shape.filter((_, axis) => !gone.includes(axis));
  };
}

/** A shape with axes of extent 1 put in. */
export function unsqueezed(
  node: NodeReader,
): (shape: readonly number[], axes: readonly number[] | null) => number[] {
  const attribute = node.opset < 13 ? node.ints('axes') : null;
  return (shape, given) => {
    const axes = given ?? attribute ?? [];
    const rank = shape.length + axes.length;
    const added = new Set(positiveAxes('Unsqueeze', axes, rank));
    if (added.size < axes.length) throw new ShapeError(`Unsqueeze: axes ${axes.join()} repeat`);
    const rest = [...shape];
    return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!));
  };
}

/** The shape that Reshape asks for, with 0 for an extent that stays and -1 for the one that is left. */
export function reshapeTarget(
  node: NodeReader,
): (shape: readonly number[], asked: readonly number[]) => number[] {
  const allowZero = node.flag('allowzero');
  return (shape, asked) => {
    const kept = asked.map((extent, i) => (extent === 0 && !allowZero ? (shape[i] ?? 0) : extent));
    const size = elementCount(shape);
    const known = kept.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
    const target = kept.map((extent) =>
      extent === -1 ? (known === 0 ? 0 : size / known) : extent,
    );
    const fits =
      kept.filter((extent) => extent === -1).length <= 1 &&
      target.every((extent) => Number.isInteger(extent) && extent >= 0) &&
      elementCount(target) === size;
    if (fits) return target;
    throw new ShapeError(
      `Reshape: ${formatShape(shape)} does not fit the shape ${formatShape(asked)}`,
    );
  };
}

/** A part of an axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The parts that Slice takes; starts, ends, axes and steps are attributes before opset 10. */
export function sliceRanges(
  node: NodeReader,
): (shape: readonly number[], inputs: readonly (readonly number[] | null)[]) => Range[] {
  const attributes =
    node.opset < 10 ? [node.ints('starts'), node.ints('ends'), node.ints('axes'), null] : null;
  return (shape, inputs) => {
    const [starts, ends, axes, steps] = attributes ?? inputs;
    if (!starts || !ends) throw new ArgumentError('Slice: expected starts and ends, got none');
    return starts.map((from, i) => {
      const axis = normalizeAxis('Slice', axes?.[i] ?? i, shape.length);
      const step = steps?.[i] ?? 1;
      if (step === 0) throw new ArgumentError('Slice: expected steps other than 0');
      const extent = shape[axis]!;
      const clamped = (position: number, low: number, high: number): number =>
        Math.min(Math.max(position < 0 ? position + extent : position, low), high);
      const start = step > 0 ? clamped(from, 0, extent) : clamped(from, -1, extent - 1);
      const end = step > 0 ? clamped(ends[i]!, 0, extent) : clamped(ends[i]!, -1, extent - 1);
      return { axis, start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
    });
  };
}

/** The extents of the parts of an axis: those given, or as equal ones as there are, the last the least. */
export function splitSizes(
  extent: number,
  count: number,
  given: readonly number[] | null,
): readonly number[] {
  if (given !== null) return given;
  const size = Math.ceil(extent / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, extent - i * size)));
}
