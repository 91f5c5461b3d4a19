import { aFloat32Array, anInt32Array } from '../kinds.ts';
import { formatShape, numbers, requireKind, formatValue } from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';

/** Checks that `shape` is a sample shape [C, spatial…] with extents of 1 and more. */
export function checkInputShape(shape: readonly number[], owner: string): void {
  requireKind(owner, 'inputShape', shape, numbers);
  if (shape.length === 0 || !shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    throw new DatasetError(
      'shape',
      `${owner}: expected inputShape [channels, spatial…] of whole numbers from 1, got ${formatShape(shape)}`,
    );
  }
}

/** Checks that the arrays given to `Dataset.fill` hold a sample of `sampleSize` elements for each of the indices. */
export function checkFillArrays(
  indices: Int32Array,
  sampleSize: number,
  inputs: Float32Array,
  labels: Int32Array,
  owner: string,
): void {
  requireKind(owner, 'indices', indices, anInt32Array);
  requireKind(owner, 'inputs', inputs, aFloat32Array);
  requireKind(owner, 'labels', labels, anInt32Array);
  const count = indices.length;
  if (inputs.length < count * sampleSize || labels.length < count) {
    throw new DatasetError(
      'batch',
      `${owner}: ${count} samples of ${sampleSize} elements need ${count * sampleSize} inputs and ${count} ` +
        `labels, got arrays of ${inputs.length} and ${labels.length}`,
    );
  }
}

/** The error for a sample index that a dataset of `length` samples does not have. */
export function indexError(index: number, length: number, owner: string): DatasetError {
  return new DatasetError(
    'index',
    `${owner}: expected a sample index from 0 to ${length - 1}, got ${formatValue(index)}`,
  );
}
