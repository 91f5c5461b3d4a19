import type { DeviceBuffer, Operand, TensorSpec } from '../backend.ts';
import { storedArray, type StoredArray } from '../dtype.ts';
import { spliced } from '../lists.ts';
import { contiguousStrides, elementCount } from '../shape.ts';
import { fillUnwritten } from '../unwritten.ts';

/** Elements in row-major order of the logical shape. */
export interface HostBuffer extends DeviceBuffer {
  readonly values: StoredArray;
}

/** The elements of a kernel argument. */
export function valuesOf(x: Operand): StoredArray {
  return (x.buffer as HostBuffer).values;
}

export function bufferOf(values: StoredArray): HostBuffer {
  return { values, byteLength: values.byteLength };
}

/** Memory for an output that a kernel writes whole: what it leaves out is seen. */
export function valuesFor(out: TensorSpec): StoredArray {
  return fillUnwritten(zerosFor(out), out.dtype);
}

/** Zeros for an output that a kernel adds to. */
export function zerosFor({ shape, dtype }: TensorSpec): StoredArray {
  return storedArray(dtype, elementCount(shape));
}

/**
 * Calls `visit` for every position of `shape`, in row-major order, with the same array each time.
 */
export function forEachPosition(
  shape: readonly number[],
  visit: (position: readonly number[], flat: number) => void,
): void {
  const count = elementCount(shape);
  const position = shape.map(() => 0);
  for (let flat = 0; flat < count; flat++) {
    visit(position, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]!++;
      if (position[axis]! < shape[axis]!) break;
      position[axis] = 0;
    }
  }
}

/** Sum of products. */
export function dot(a: readonly number[], b: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Calls `visit` for every line along `axis`, with the flat position of each place on it. */
export function forEachLine(
  shape: readonly number[],
  axis: number,
  visit: (at: (i: number) => number, extent: number) => void,
): void {
  const strides = contiguousStrides(shape);
  forEachPosition(spliced(shape, axis, 1, 1), (position) => {
    const base = dot(position, strides);
    visit((i) => base + i * strides[axis]!, shape[axis]!);
  });
}
