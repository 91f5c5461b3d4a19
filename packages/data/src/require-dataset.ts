import { ArgumentError, formatValue } from '@convnet/tensor-core';
import type { Dataset } from './dataset.ts';

/** @throws ArgumentError for what is no data set: callers without types may give anything. */
export function requireDataset(op: string, dataset: Dataset): void {
  const given = dataset as Partial<Dataset> | null | undefined;
  if (Array.isArray(given?.inputShape) && typeof given.fill === 'function') return;
  const came = given instanceof Object ? 'an object' : formatValue(given);
  throw new ArgumentError(`${op}: expected a data set with inputShape and fill, got ${came}`);
}
