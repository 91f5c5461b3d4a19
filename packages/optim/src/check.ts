import { ArgumentError, formatValue, refuseUnknownOptions } from '@convnet/tensor-core';

/** @throws ArgumentError where `value` is no number within [low, high], naming the option. */
export function requireRange(
  where: string,
  name: string,
  value: number,
  low: number,
  high: number = Number.POSITIVE_INFINITY,
): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high) {
    return value;
  }
  const range = high === Number.POSITIVE_INFINITY ? `at least ${low}` : `from ${low} to ${high}`;
  throw new ArgumentError(`${where}: expected ${name} ${range}, got ${formatValue(value)}`);
}

/** @throws ArgumentError where `value` is no list of two, naming the option. */
export function requirePair(where: string, name: string, value: readonly number[]): void {
  if (Array.isArray(value) && value.length === 2) return;
  throw new ArgumentError(
    `${where}: expected ${name} as a list of two numbers, got ${formatValue(value)}`,
  );
}

/** @throws ArgumentError where `value` is no integer ≥ `low`, naming the option. */
export function requireCount(where: string, name: string, value: number, low = 1): number {
  if (Number.isInteger(value) && value >= low) return value;
  throw new ArgumentError(
    `${where}: expected ${name} as an integer ≥ ${low}, got ${formatValue(value)}`,
  );
}

/** @throws ArgumentError where `value` is no finite number, naming the option. */
export function requireNumber(where: string, name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new ArgumentError(
    `${where}: expected ${name} as a finite number, got ${formatValue(value)}`,
  );
}

/** @throws ArgumentError where `value` is neither true nor false, naming the option. */
export function requireBoolean(where: string, name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new ArgumentError(`${where}: expected ${name} as true or false, got ${formatValue(value)}`);
}

/**
 * The options that a caller gave: one that is undefined is as one that is absent, and none at all as an empty
 * object, so that what must be there is named by its own check.
 * @param known Names of all options there are. Default: those that are given.
 * @throws ArgumentError for an option that is not in `known`.
 */
export function optionsOf<Options extends object>(
  where: string,
  options: Options,
  known?: readonly (keyof Options & string)[],
): Options {
  const names = known ?? (Object.keys(options ?? {}) as (keyof Options & string)[]);
  refuseUnknownOptions(where, options, names);
  const values: Partial<Options> = {};
  for (const name of names) {
    const value = (options as Options | undefined)?.[name];
    if (value !== undefined) values[name] = value;
  }
  return values as Options;
}
