/** What a value is to a caller. An object of a class, such as a tensor, is no plain object. */
export type Sort =
  | 'undefined'
  | 'null'
  | 'boolean'
  | 'number'
  | 'NaN'
  | 'string'
  | 'list'
  | 'function'
  | 'object'
  | 'instance';

/** The sort of a value. */
export function sortOf(value: unknown): Sort {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : 'number';
  if (typeof value !== 'object') return typeof value as Sort;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? 'object' : 'instance';
}

/** A value with what else its place takes, or with what a message calls the place. */
export class Place {
  readonly value: unknown;
  readonly takes: ReadonlySet<unknown>;
  readonly name: string | undefined;

  constructor(value: unknown, takes: readonly unknown[], name: string | undefined) {
    this.value = value;
    this.takes = new Set(takes);
    this.name = name;
  }
}

/** Other sorts of values that a place takes ('any string' for every text), beside those of the sort of `value`. */
export function alsoTakes(value: unknown, ...takes: readonly (Sort | 'any string')[]): Place {
  return value instanceof Place
    ? new Place(value.value, [...value.takes, ...takes], value.name)
    : new Place(value, takes, undefined);
}

/** What messages call a place, where that is not the name of the parameter. */
export function named(name: string, value: unknown): Place {
  return value instanceof Place
    ? new Place(value.value, [...value.takes], name)
    : new Place(value, [], name);
}

/** Arguments that a call takes, made anew for each call. An object that is no instance is one of named places. */
export type Arguments = () => readonly unknown[];

/** How an export is called; for a class also its methods, and properties that can be set, which inherit. */
export type Sample =
  | Arguments
  | {
      readonly make: Arguments;
      readonly methods?: Readonly<Record<string, Arguments>>;
      /** What its methods are called on, where that is not what `make` makes. */
      readonly instance?: () => object;
      /** Where a function makes a function: what that one is called with. */
      readonly result?: Arguments;
    }
  | {
      /** One that the package makes; users do not call the constructor. */
      readonly instance: () => object;
      readonly methods: Readonly<Record<string, Arguments>>;
    };

/** By the name of the export. */
export type Samples = Readonly<Record<string, Sample>>;

/** A place as it stands in a sample. */
export function asPlace(value: unknown): Place {
  return value instanceof Place ? value : new Place(value, [], undefined);
}

/** The value that a sample gives, without the remarks on its places. */
export function plain(value: unknown): unknown {
  if (value instanceof Place) return plain(value.value);
  if (sortOf(value) !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [name, plain(item)]),
  );
}
