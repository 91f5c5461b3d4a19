import { refuseOtherCopy, tensorCoreCopy } from './copies.ts';
import { Device } from './device.ts';
import { bytesOf } from './dtype.ts';
import { ArgumentError } from './errors.ts';
import { formatValue } from './format-value.ts';

/** What an argument may be: the words of a message, and the test. Whether it fits the others is looked at elsewhere. */
export interface Kind {
  /** What a message expects: 'a boolean'. */
  readonly expected: string;
  /** Whether a value is of this kind. */
  accepts(value: unknown): boolean;
}

/* @__NO_SIDE_EFFECTS__ */
const kind = (expected: string, accepts: (value: unknown) => boolean): Kind => ({
  expected,
  accepts,
});

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

/** A boolean. */
export const aBoolean: Kind = kind('true or false', (value) => typeof value === 'boolean');
/** A string. */
export const aString: Kind = kind('a string', (value) => typeof value === 'string');

/** Infinities are numbers too. */
export const aNumber: Kind = kind(
  'a number other than NaN',
  (value) => isNumber(value) && value === value,
);
/** NaN is as good as any other, such as for what a tensor is filled with. */
export const anyNumber: Kind = kind('a number', isNumber);
/** A finite number. */
export const aFiniteNumber: Kind = kind('a finite number', Number.isFinite);
/** A whole number. */
export const anInteger: Kind = kind('an integer', Number.isSafeInteger);
/** What an int32 tensor, such as one of labels, can hold. */
export const anInt32: Kind = kind(
  'an integer from -2^31 to 2^31 - 1',
  (value) => value === Math.trunc(value as number) && value >= -(2 ** 31) && value < 2 ** 31,
);
/** What generators of random numbers begin from. */
export const aSeed: Kind = kind(
  'an integer from 0 to 2^53 - 1',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
/** An integer ≥ 1. */
export const aCount: Kind = integerFrom(1);

/** @internal An integer of at least `least`, and at most `most`. */
/* @__NO_SIDE_EFFECTS__ */
export function integerFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind {
  return kind(
    most === Number.MAX_SAFE_INTEGER
      ? `an integer ≥ ${least}`
      : `an integer from ${least} to ${most}`,
    (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** @internal A number from `low` to `high`, both included. */
/* @__NO_SIDE_EFFECTS__ */
export function numberFrom(low: number, high: number): Kind {
  return kind(
    high === Infinity ? `a finite number ≥ ${low}` : `a number from ${low} to ${high}`,
    (value) => Number.isFinite(value) && (value as number) >= low && (value as number) <= high,
  );
}

/** A list of finite numbers. */
export const numbers: Kind = kind('a list of finite numbers', (value) =>
  isListOf(value, Number.isFinite),
);
/** @internal An integer of at least `least` for all axes, or one for each. */
/* @__NO_SIDE_EFFECTS__ */
export function integersFrom(least?: number): Kind {
  const one = least === undefined ? anInteger : integerFrom(least);
  return kind(
    `${one.expected}, or a list of them`,
    (value) => one.accepts(value) || isListOf(value, (item) => one.accepts(item)),
  );
}

/** One for all axes, or one for each. */
export const perAxisNumbers: Kind = kind(
  'a finite number or a list of them',
  (value) => Number.isFinite(value) || isListOf(value, Number.isFinite),
);
/** @internal A number above 0, and finite where `most` is not given as Infinity. */
/* @__NO_SIDE_EFFECTS__ */
export function numberAbove(low: number, most: number = Number.MAX_VALUE): Kind {
  return kind(
    most === Infinity || most === Number.MAX_VALUE
      ? `a ${most === Infinity ? '' : 'finite '}number above ${low}`
      : `a number above ${low} and up to ${most}`,
    (value) => isNumber(value) && value > low && value <= most,
  );
}

/** Numbers as a list or a typed array: what they are is looked at elsewhere. */
export const anyNumbers: Kind = kind(
  'a list of numbers',
  (value) =>
    (ArrayBuffer.isView(value) && !(value instanceof DataView)) || isListOf(value, isNumber),
);
/** Extents, outermost first. */
export const aShape: Kind = kind('a list of integers ≥ 0', (value) =>
  isListOf(value, (extent) => Number.isSafeInteger(extent) && (extent as number) >= 0),
);

const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isSide = (side: unknown): boolean =>
  isSize(side) || (Array.isArray(side) && side.length === 2 && side.every(isSize));
/** `Padding` in numbers. */
export const paddingAmounts: Kind = kind(
  'an integer ≥ 0, or one or [begin, end] for each spatial axis',
  (value) => isSize(value) || isListOf(value, isSide),
);
/** Any `Padding`. */
export const aPadding: Kind = kind(
  `${paddingAmounts.expected}, or 'same' or 'valid'`,
  (value) => value === 'same' || value === 'valid' || paddingAmounts.accepts(value),
);

/** A `Tensor`. */
export const aTensor: Kind = kind(
  'a tensor',
  (value) => (value as { readonly isTensor?: unknown } | null)?.isTensor === tensorCoreCopy,
);
/** A `Device`. */
export const aDevice: Kind = kind(
  'a device, such as await wasm()',
  (value) => value instanceof Device,
);
/** The name of an element type. */
export const aDType: Kind = oneOf(...Object.keys(bytesOf));
/** @internal For what is handed on to the caller's own code. */
export const anything: Kind = kind('anything', () => true);
/** A function. */
export const aFunction: Kind = kind('a function', isFunction);
/** What has named parts: an object that is no list. */
export const anObject: Kind = kind(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** @internal One of a few names or numbers. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf(...choices: readonly (string | number)[]): Kind {
  const shown = choices.map((choice) => formatValue(choice));
  return kind(`one of ${shown.join(', ')}`, (value) => choices.includes(value as string));
}

/** @internal What a class has made, such as a Uint8Array. */
/* @__NO_SIDE_EFFECTS__ */
export function instanceOf(
  expected: string,
  made: abstract new (...given: never[]) => object,
): Kind {
  return kind(expected, (value) => value instanceof made);
}

/** @internal An object that has these methods. */
/* @__NO_SIDE_EFFECTS__ */
export function withMethods(expected: string, ...methods: readonly string[]): Kind {
  return kind(
    expected,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => isFunction((value as Readonly<Record<string, unknown>>)[name])),
  );
}

/** @internal null for none. */
/* @__NO_SIDE_EFFECTS__ */
export function orNull(inner: Kind): Kind {
  return kind(`${inner.expected}, or null`, (value) => value === null || inner.accepts(value));
}

/** @internal A list of what `item` is. */
/* @__NO_SIDE_EFFECTS__ */
export function listOf(item: Kind): Kind {
  return kind(`a list, each ${item.expected}`, (value) =>
    isListOf(value, (entry) => item.accepts(entry)),
  );
}

/** @internal Either of two. */
/* @__NO_SIDE_EFFECTS__ */
export function either(first: Kind, second: Kind): Kind {
  return kind(
    `${first.expected}, or ${second.expected}`,
    (value) => first.accepts(value) || second.accepts(value),
  );
}

/**
 * @internal Callers without types may give anything: an argument of another kind is named here, before it is used. Cheap where
 * all is right.
 * @param where what the message begins with: the function, or the layer
 * @throws ArgumentError that names the argument, what it should be and what came; TwoCopiesError for a tensor or a device of
 * another copy of this package.
 */
export function requireKind(where: string, name: string, value: unknown, expected: Kind): void {
  if (expected.accepts(value)) return;
  refuseOtherCopy(where, value);
  throw new ArgumentError(
    `${where}: expected ${name} as ${expected.expected}, got ${formatValue(value)}`,
  );
}
