import { checkOptions, numberFrom, type Kind } from '@convnet/tensor-core';

/** Learning rates, decays and the like. */
export const fromZero: Kind = numberFrom(0, Infinity);

/** Decays of the running mean and the running square of a gradient. */
export const someBetas: Kind = {
  expected: 'a list of two numbers from 0 to below 1',
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((beta) => beta >= 0 && beta < 1),
};

/** What options may be, by their names. */
export type KindsOf<Options> = Readonly<Record<keyof Options & string, Kind>>;

/**
 * The options that a caller gave: one that is undefined is as one that is absent.
 * @param kinds Of all options there are. Default: those that are given may be anything.
 * @param required Names of those that must be given.
 * @throws ArgumentError for an option that there is not, or of another kind.
 */
export function optionsOf<Options extends object>(
  where: string,
  options: Options,
  kinds?: KindsOf<Options>,
  required: readonly (keyof Options & string)[] = [],
): Options {
  if (kinds !== undefined) checkOptions(where, options, kinds, required);
  const values: Partial<Options> = {};
  // Inherited ones too, as reading an option sees them.
  for (const name in options) {
    const value = options[name];
    if (value !== undefined) values[name] = value;
  }
  return values as Options;
}
