import { layersCopy, Module, type AnyModule } from '@convnet/layers';
import {
  aCount,
  ArgumentError,
  formatValue,
  numberAbove,
  refuseOtherCopy,
  type Kind,
} from '@convnet/tensor-core';

/** @throws ArgumentError. */
export function requireModel(where: string, model: unknown): asserts model is AnyModule {
  if (model instanceof Module) return;
  refuseOtherCopy(where, model, layersCopy);
  throw new ArgumentError(`${where}: expected the model as a Module, got ${formatValue(model)}`);
}

/** @throws ArgumentError. */
export function requireFunction(where: string, name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new ArgumentError(`${where}: expected ${name} as a function, got ${formatValue(value)}`);
}

/** How often something is done; Infinity: never. */
export const aCountOrInfinity: Kind = {
  expected: 'an integer ≥ 1, or Infinity',
  accepts: (value) => aCount.accepts(value) || value === Infinity,
};

/** Infinity is one. */
export const aboveZero: Kind = numberAbove(0, Infinity);
