import { DataLoader } from '@convnet/data';
import { Module } from '@convnet/layers';
import { ArgumentError, Tensor } from '@convnet/tensor-core';

import type { Batches } from './batches.ts';
import { EmptySetError } from './errors.ts';

/** @throws ArgumentError. */
export function requireModel(where: string, model: unknown): asserts model is Module {
  if (model instanceof Module) return;
  throw new ArgumentError(`${where}: expected the model as a Module, got ${shown(model)}`);
}

/** @throws ArgumentError where they cannot be run through; EmptySetError where there is none. */
export function requireBatches(where: string, name: string, batches: Batches): void {
  const given = batches as Partial<Batches & Iterable<unknown>> | null | undefined;
  const iterable =
    typeof given?.[Symbol.asyncIterator] === 'function' ||
    typeof given?.[Symbol.iterator] === 'function';
  if (typeof given !== 'object' || !iterable || !Number.isInteger(given?.length)) {
    throw new ArgumentError(
      `${where}: expected ${name} as batches with a length, such as a DataLoader, got ${shown(batches)}`,
    );
  }
  if (batches.length < 1) throw emptySet(where, name, batches);
}

/** A batch as it came. @throws ArgumentError for anything but a pair of tensors. */
export function requireBatch(
  where: string,
  name: string,
  batch: readonly [inputs: Tensor, labels: Tensor],
): readonly [inputs: Tensor, labels: Tensor] {
  const given: unknown = batch;
  if (Array.isArray(given) && given.length >= 2 && given.slice(0, 2).every(isTensor)) return batch;
  throw new ArgumentError(
    `${where}: expected ${name} with batches [inputs, labels] of tensors, got ${shown(batch)}`,
  );
}

const isTensor = (value: unknown): boolean => value instanceof Tensor;

/** What to throw where batches that said that there are some gave none, or none with a sample. */
export function emptySet(where: string, name: string, batches: Batches): EmptySetError {
  if (batches instanceof DataLoader) {
    const { length } = batches.dataset;
    const size = batches.batchSize;
    return new EmptySetError(
      length === 0
        ? `${where}: expected ${name} with at least one sample, got an empty set`
        : `${where}: expected ${name} with at least one batch, got none: the set has ${length} ` +
            `samples, fewer than the batch size ${size}, and dropLast leaves them out`,
    );
  }
  return new EmptySetError(
    `${where}: expected ${name} with at least one batch of at least one sample, got ` +
      (batches.length < 1
        ? 'a length of 0'
        : `none, though its length is ${batches.length}: can it be run through more than once?`),
  );
}

/** As it stands in an error. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of class ${value.constructor?.name}`;
}
