import { DataLoader } from '@convnet/data';
import { ArgumentError, Tensor, formatValue, refuseOtherCopy } from '@convnet/tensor-core';

import { EmptySetError } from './errors.ts';

/** Inputs and what the network should make of them: classes [N], or targets of any shape. */
export type LabelledBatch = readonly [inputs: Tensor, targets: Tensor, ...others: unknown[]];

/** Batches that can be run through more than once, such as a `DataLoader`. */
export interface Batches<Batch = LabelledBatch> extends AsyncIterable<Batch> {
  /** Number of batches. */
  readonly length: number;
  /**
   * Number of the next epoch, where there is one that can be set to have an epoch again as it was: a NaN is looked
   * for that way, and a run that was interrupted goes on that way.
   */
  epoch?: number;
}

/** @throws ArgumentError where they cannot be run through; EmptySetError where there is none. */
export function requireBatches(where: string, name: string, batches: Batches<unknown>): void {
  const given = batches as Partial<Batches<unknown> & Iterable<unknown>> | null | undefined;
  const iterable =
    typeof given === 'object' &&
    (typeof given?.[Symbol.asyncIterator] === 'function' ||
      typeof given?.[Symbol.iterator] === 'function');
  if (!iterable || !Number.isInteger(given?.length)) {
    throw new ArgumentError(
      `${where}: expected ${name} as batches with a length, such as a DataLoader, got ${formatValue(batches)}`,
    );
  }
  if (batches.length < 1) throw emptySet(where, name, batches);
}

/** What to throw where batches that said that there are some gave none, or none with a sample. */
export function emptySet(where: string, name: string, batches: Batches<unknown>): EmptySetError {
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

/** @throws ArgumentError where a batch does not begin with two tensors, as the losses and metrics of this package want. */
export function requireLabelled(where: string, batch: unknown): asserts batch is LabelledBatch {
  if (Array.isArray(batch) && batch[0] instanceof Tensor && batch[1] instanceof Tensor) return;
  if (Array.isArray(batch)) for (const part of batch) refuseOtherCopy(where, part);
  throw new ArgumentError(
    `${where}: expected batches [inputs, targets] of tensors, got ${formatValue(batch)}: give a 'step' for other batches`,
  );
}

/** The tensors of a batch, however it nests them in arrays, maps and objects, in order. */
export function tensorsOf(batch: unknown): Tensor[] {
  if (batch instanceof Tensor) return [batch];
  if (Array.isArray(batch)) return batch.flatMap(tensorsOf);
  if (batch instanceof Map) return [...batch.values()].flatMap(tensorsOf);
  if (typeof batch !== 'object' || batch === null || ArrayBuffer.isView(batch)) return [];
  return Object.values(batch).flatMap(tensorsOf);
}

/** The same arrays, maps and objects around other tensors, in the order of `tensorsOf`. */
export function withTensors<Batch>(batch: Batch, tensors: readonly Tensor[]): Batch {
  const rest = tensors.values();
  const replaced = (value: unknown): unknown => {
    if (value instanceof Tensor) return rest.next().value;
    if (Array.isArray(value)) return value.map(replaced);
    if (value instanceof Map) {
      return new Map([...value].map(([name, item]) => [name, replaced(item)]));
    }
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
    const properties = Object.entries(value).map(([name, item]) => [name, replaced(item)] as const);
    return Object.assign(copy, Object.fromEntries(properties));
  };
  return replaced(batch) as Batch;
}

/** Number of samples: the first extent of the first tensor. */
export function samplesOf(batch: unknown): number {
  const head: unknown = Array.isArray(batch) ? batch[0] : batch;
  const first = head instanceof Tensor ? head : tensorsOf(batch)[0];
  return first === undefined ? 0 : (first.shape[0] ?? 1);
}
