import { ArgumentError, formatValue, refuseOtherCopy } from '@convnet/tensor-core';

import { layersCopy } from '../copy.ts';
import { Module, type AnyModule } from './module.ts';

/** @throws ArgumentError for anything but a model: callers without types may give anything. */
export function requireModule(op: string, model: AnyModule, what = 'a model'): void {
  const given: unknown = model;
  if (given instanceof Module) return;
  refuseOtherCopy(op, given, layersCopy);
  const came = typeof given === 'object' && given !== null ? 'an object' : formatValue(given);
  throw new ArgumentError(`${op}: expected ${what}, got ${came}`);
}

/** @throws ArgumentError for anything but extents of an input, batch included. */
export function requireInputShape(op: string, shape: readonly number[]): void {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(
      `${op}: expected the shape of an input, batch included, got ${formatValue(shape)}`,
    );
  }
  const extents: readonly unknown[] = shape;
  if (extents.every((extent) => Number.isInteger(extent))) return;
  throw new ArgumentError(
    `${op}: expected the shape of an input in integers, got ${formatValue(shape)}`,
  );
}
