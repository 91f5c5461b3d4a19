import {
  elementCount,
  formatShape,
  type TypedArray,
  aShape,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';

/** Numbers in host memory with their shape, row-major; an empty shape is one number. */
export interface HostArray<Data extends TypedArray = TypedArray> {
  readonly data: Data;
  readonly shape: readonly number[];
}

/**
 * `data` read as an array of `shape`.
 *
 * @throws DatasetError (fault 'shape') where the number of elements is not that of the shape.
 */
export function hostArray<Data extends TypedArray>(
  data: Data,
  shape: readonly number[],
): HostArray<Data> {
  requireKind('hostArray', 'data', data, aTypedArray);
  requireKind('hostArray', 'shape', shape, aShape);
  if (data.length !== elementCount(shape)) {
    throw new DatasetError(
      'shape',
      `hostArray: expected ${elementCount(shape)} elements for shape ${formatShape(shape)}, got ${data.length}`,
    );
  }
  return { data, shape };
}

const aTypedArray: Kind = {
  expected: 'a Float32Array, Float64Array, Int32Array or Uint8Array',
  accepts: (value) => isTypedArray(value),
};

/** Whether `value` is an array of a type that tensors have. */
export function isTypedArray(value: unknown): value is TypedArray {
  return (
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    // Buffer of Node is one too.
    value instanceof Uint8Array ||
    value instanceof Float64Array
  );
}

/** The type of tensors with such elements. */
export function dtypeOf(array: TypedArray): 'float32' | 'float64' | 'int32' | 'uint8' {
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  return array instanceof Int32Array ? 'int32' : 'uint8';
}

export function isHostArray(value: unknown): value is HostArray {
  if (typeof value !== 'object' || value === null) return false;
  const { data, shape } = value as Partial<HostArray>;
  return isTypedArray(data) && Array.isArray(shape);
}
