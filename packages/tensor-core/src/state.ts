import { ConvnetError } from './errors.ts';
import { formatValue } from './format-value.ts';
import { aString, integerFrom, listOf, requireKind } from './kinds.ts';
import type { Tensor } from './tensor.ts';

/** A part of a state that is no tensor: what JSON can say, and numbers that are not finite. */
export type PlainState =
  | string
  | number
  | boolean
  | null
  | readonly PlainState[]
  | { readonly [name: string]: PlainState };

/** What a state dict has by its keys. Tensors are the live ones, not copies. */
export type StateValue = Tensor | PlainState;

/** The state of something, by key. */
export type StateDict = ReadonlyMap<string, StateValue>;

/**
 * Something whose state can be read and set: an optimiser, a schedule, a stream of random numbers, a loader of data. What
 * was loaded goes on as what it was read from would have.
 */
export interface Stateful {
  /** A copy of its state, by name. */
  stateDict(): StateDict;
  /** All of it, or nothing and an error. A promise is to be awaited. */
  loadStateDict(state: StateDict): unknown;
}

/** A state that does not fit what it was to be loaded into; nothing was loaded. */
export class StateError extends ConvnetError {
  override readonly name = 'StateError';

  constructor(where: string, what: string) {
    super(`${where}: ${what}; nothing was loaded`);
  }
}

/**
 * Reads values of a state by their keys, each as what it must be, for whoever writes something `Stateful`:
 *
 *     loadStateDict(state: StateDict): void {
 *       const reader = new StateReader('Warmup', state);
 *       reader.requireType('Warmup');
 *       reader.requireKeys(['type', 'steps']);
 *       this.#steps = reader.count('steps');
 *     }
 *
 * Every method throws StateError for a state that is not as expected, and ArgumentError for arguments of another kind.
 */
export class StateReader {
  readonly #where: string;
  readonly #state: StateDict;

  /** @param where what the messages begin with, such as the class that the state is for */
  constructor(where: string, state: StateDict) {
    requireKind('StateReader', 'where', where, aString);
    this.#where = where;
    this.#state = state;
    if (!(state instanceof Map)) {
      throw this.fault(
        `expected the state as a Map, as stateDict() gives, got ${formatValue(state)}`,
      );
    }
  }

  /** Refuses keys that are missing, and those that nobody asked for. */
  requireKeys(keys: readonly string[]): void {
    requireKind('StateReader.requireKeys', 'keys', keys, listOf(aString));
    const missing = keys.filter((key) => !this.#state.has(key));
    const unexpected = [...this.#state.keys()].filter((key) => !keys.includes(key));
    if (missing.length + unexpected.length === 0) return;
    const parts = [
      ...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []),
      ...(unexpected.length > 0 ? [`with ${unexpected.join(', ')}`] : []),
    ];
    throw this.fault(`expected a state of ${keys.join(', ')}, got one ${parts.join(' and ')}`);
  }

  /** A whole number ≥ 0. */
  count(key: string): number {
    const value = this.#at(key);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.#unlike(key, 'an integer ≥ 0');
  }

  /** Any number. */
  number(key: string): number {
    const value = this.#at(key);
    if (typeof value === 'number') return value;
    throw this.#unlike(key, 'a number');
  }

  /** `length` numbers. */
  numbers(key: string, length: number): number[] {
    requireKind('StateReader.numbers', 'length', length, integerFrom(0));
    const value = this.#at(key);
    if (
      Array.isArray(value) &&
      value.length === length &&
      value.every((item) => typeof item === 'number')
    ) {
      return [...(value as readonly number[])];
    }
    throw this.#unlike(key, `${length} numbers`);
  }

  /** A text. */
  text(key: string): string {
    const value = this.#at(key);
    if (typeof value === 'string') return value;
    throw this.#unlike(key, 'a text');
  }

  /** Refuses the state of another class. */
  requireType(type: string): void {
    requireKind('StateReader.requireType', 'type', type, aString);
    const found = this.text('type');
    if (found === type) return;
    throw this.fault(`expected the state of ${type}, got that of ${found}`);
  }

  /** The error for what is not as expected, to be thrown: it says where, and that nothing was loaded. */
  fault(what: string): StateError {
    requireKind('StateReader.fault', 'what', what, aString);
    return new StateError(this.#where, what);
  }

  #at(key: string): StateValue | undefined {
    requireKind('StateReader', 'key', key, aString);
    return this.#state.get(key);
  }

  #unlike(key: string, expected: string): StateError {
    return this.fault(`expected '${key}' as ${expected}, got ${formatValue(this.#state.get(key))}`);
  }
}
