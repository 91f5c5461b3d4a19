import { layersCopy, Module, type AnyModule } from '@convnet/layers';
import { ArgumentError, formatValue, refuseOtherCopy } from '@convnet/tensor-core';

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

/** @throws ArgumentError where it is no integer from `low` on, nor Infinity where that is allowed. */
export function requireCount(
  where: string,
  name: string,
  value: unknown,
  low = 1,
  allowsInfinity = false,
): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low) return;
  if (allowsInfinity && value === Infinity) return;
  throw new ArgumentError(
    `${where}: expected ${name} as an integer ≥ ${low}, got ${formatValue(value)}`,
  );
}

/** @throws ArgumentError where it is no number above 0; Infinity is one. */
export function requireAboveZero(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0) return;
  throw new ArgumentError(
    `${where}: expected ${name} as a number above 0, got ${formatValue(value)}`,
  );
}

/** @throws ArgumentError where it is none of some texts. */
export function requireOneOf(
  where: string,
  name: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  throw new ArgumentError(
    `${where}: expected ${name} as '${choices.join("' or '")}', got ${formatValue(value)}`,
  );
}

/** @throws ArgumentError where it is neither true nor false. */
export function requireBoolean(where: string, name: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new ArgumentError(`${where}: expected ${name} as true or false, got ${formatValue(value)}`);
}
