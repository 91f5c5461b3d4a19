import {
  elementCount,
  formatShape,
  formatValue,
  hostArray as zeros,
  sameShape,
  type Tensor,
  type TypedArray,
  anObject,
  anyNumber,
  aString,
  checkOptions,
  listOf,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { writerOf } from '../dataset/deferred-array.ts';
import { dtypeOf, isHostArray, isTypedArray, type HostArray } from '../dataset/host-array.ts';
import { DatasetError } from '../errors.ts';
import type { RandomStream } from '../random/random-stream.ts';
import { stacksFresh } from './sendable.ts';
import { arrayToFill } from './batch-memory.ts';

/** What batches of samples `S` are: arrays with a batch axis in front, lists of texts, in the structure of a sample. */
export type Collated<S> = S extends number
  ? HostArray<Int32Array>
  : S extends string
    ? readonly string[]
    : S extends TypedArray
      ? HostArray<S>
      : S extends HostArray
        ? S
        : { -readonly [Key in keyof S]: Collated<S[Key]> };

/** A batch whose arrays have become tensors on the loader's device. */
export type OnDevice<B> = B extends string | readonly string[]
  ? B
  : B extends HostArray
    ? Tensor
    : { -readonly [Key in keyof B]: OnDevice<B[Key]> };

/** What a collate is told beside the samples. */
export interface CollateContext {
  readonly random: RandomStream;
  /** What errors call the samples. */
  readonly names: readonly string[];
}

/**
 * Makes a batch of samples, each with its name in messages. `random` follows from the loader's seed and the number of
 * the batch.
 */
export type Collate<S, B> = (samples: readonly S[], context: CollateContext) => B | Promise<B>;

const aList: Kind = { expected: 'a list of samples', accepts: Array.isArray };

/**
 * What a collate is given, for callers other than a loader: names that they leave out are numbers.
 *
 * @throws ArgumentError.
 */
export function checkedContext<Context extends { readonly names?: readonly string[] }>(
  where: string,
  samples: readonly unknown[],
  context: Context,
): Context & { readonly names: readonly string[] } {
  requireKind(where, 'samples', samples, aList);
  requireKind(where, 'context', context, anObject);
  const { names = samples.map((_, i) => `sample ${i}`) } = context;
  requireKind(where, 'context.names', names, listOf(aString));
  return { ...context, names };
}

/** Places in a sample that a batch is made of, for messages: `[1]` or `.input`. */
const placed = (path: string): string => (path === '' ? '' : ` at ${path}`);

/** How arrays of a batch become one. */
type Stack = (arrays: readonly HostArray[], names: readonly string[], path: string) => unknown;

function collateAt(
  values: readonly unknown[],
  names: readonly string[],
  path: string,
  stack: Stack,
): unknown {
  const first = values[0];
  if (typeof first === 'number') return numbers(values, names, path);
  if (typeof first === 'string') return texts(values, names, path);
  if (isTypedArray(first) || isArray(first))
    return stack(arraysOf(values, names, path), names, path);
  if (Array.isArray(first)) {
    const odd = values.findIndex((value) => !Array.isArray(value) || value.length !== first.length);
    if (odd >= 0) throw unlike(`a list of ${first.length}`, values[odd], names[odd]!, path);
    return first.map((_, i) =>
      collateAt(
        values.map((value) => (value as readonly unknown[])[i]),
        names,
        `${path}[${i}]`,
        stack,
      ),
    );
  }
  if (typeof first === 'object' && first !== null && isPlain(first)) {
    const keys = Object.keys(first);
    return Object.fromEntries(
      keys.map((key) => {
        const odd = values.findIndex((value) => !(value instanceof Object && key in value));
        if (odd >= 0) throw unlike(`an object with '${key}'`, values[odd], names[odd]!, path);
        const column = values.map((value) => (value as Record<string, unknown>)[key]);
        return [key, collateAt(column, names, `${path}.${key}`, stack)];
      }),
    );
  }
  throw new DatasetError(
    'sample',
    `${names[0]}${placed(path)}: expected Float32Array, Int32Array, Uint8Array, { data, shape }, a whole number, ` +
      `a text, or a list or object of these, got ${describe(first)}`,
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (isHostArray(value)) return `an array ${formatShape(value.shape)}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? `a ${value.constructor?.name}` : formatValue(value);
}

function unlike(expected: string, value: unknown, name: string, path: string): DatasetError {
  return new DatasetError(
    'sample',
    `${name}${placed(path)}: expected ${expected}, as in the first sample of the batch, got ${describe(value)}`,
  );
}

function numbers(
  values: readonly unknown[],
  names: readonly string[],
  path: string,
): HostArray<Int32Array> {
  const data = new Int32Array(values.length);
  values.forEach((value, i) => {
    if (typeof value !== 'number') throw unlike('a number', value, names[i]!, path);
    if (!Number.isInteger(value) || value !== value << 0) {
      throw new DatasetError(
        'sample',
        `${names[i]}${placed(path)}: expected a whole number of 32 bits, such as a label, got ${value}; give other ` +
          `numbers as arrays: Float32Array.of(${value})`,
      );
    }
    data[i] = value;
  });
  return { data, shape: [values.length] };
}

function texts(values: readonly unknown[], names: readonly string[], path: string): string[] {
  return values.map((value, i) => {
    if (typeof value !== 'string') throw unlike('a text', value, names[i]!, path);
    return value;
  });
}

function arraysOf(
  values: readonly unknown[],
  names: readonly string[],
  path: string,
): readonly HostArray[] {
  const arrays = values.map((value, i) => {
    if (isTypedArray(value)) return { data: value, shape: [value.length] };
    if (!isArray(value)) throw unlike('an array', value, names[i]!, path);
    if (writerOf(value) === undefined && elementCount(value.shape) !== value.data.length) {
      throw new DatasetError(
        'shape',
        `${names[i]}${placed(path)}: shape ${formatShape(value.shape)} needs ${elementCount(value.shape)} elements, got ${value.data.length}`,
      );
    }
    return value;
  });
  const kind = kindOf(arrays[0]!);
  const odd = arrays.findIndex((array) => kindOf(array) !== kind);
  if (odd >= 0) {
    throw unlike(`elements of ${kind}`, kindOf(arrays[odd]!), names[odd]!, path);
  }
  return arrays;
}

/** Of one that is not computed yet too, without that it is. */
const isArray = (value: unknown): value is HostArray =>
  writerOf(value) !== undefined || isHostArray(value);

const kindOf = (array: HostArray): ReturnType<typeof dtypeOf> =>
  writerOf(array) === undefined ? dtypeOf(array.data) : 'float32';

const stackEqual: Stack = (arrays, names, path) => {
  const [first] = arrays as [HostArray, ...HostArray[]];
  const { shape } = first;
  const odd = arrays.findIndex((array) => !sameShape(array.shape, shape));
  if (odd >= 0) {
    throw new DatasetError(
      'shape',
      `samples of one batch differ in shape${placed(path)}: ${names[0]} has ${formatShape(shape)}, ${names[odd]} ` +
        `${formatShape(arrays[odd]!.shape)}; crop or pad them in a transform, or give the loader a collate, such as ` +
        `padCollate({ value: 0 })`,
    );
  }
  const length = elementCount(shape);
  const out = arrayToFill(kindOf(first), arrays.length * length);
  arrays.forEach((array, i) => {
    const write = writerOf(array);
    if (write === undefined) out.set(array.data, i * length);
    else write(out.subarray(i * length, (i + 1) * length) as Float32Array);
  });
  return { data: out, shape: [arrays.length, ...shape] };
};

/**
 * Stacks samples along a new axis in front: arrays of one shape and type, whole numbers as int32, texts as lists; lists
 * and objects entry by entry. It is what a loader does by itself.
 *
 * @throws DatasetError naming the sample: fault 'shape' where shapes differ, 'sample' where kinds do.
 */
export function defaultCollate<S>(
  samples: readonly S[],
  context: { readonly names?: readonly string[] } = {},
): Collated<S> {
  const { names } = checkedContext('defaultCollate', samples, context);
  if (samples.length === 0) {
    throw new DatasetError('batch', 'defaultCollate: expected at least one sample, got none');
  }
  return collateAt(samples, names, '', stackEqual) as Collated<S>;
}

/** Options of `padCollate`. */
export interface PadCollateOptions {
  /** What is put behind shorter arrays; default 0. */
  readonly value?: number;
  /** Pads to this length at least; longer arrays are refused. By default to the longest of the batch. */
  readonly length?: number;
  /** Pads to a multiple of this; default 1. */
  readonly multipleOf?: number;
}

const padCollateOptions = optionKinds<PadCollateOptions>({
  value: anyNumber,
  length: anyNumber,
  multipleOf: anyNumber,
});

/**
 * A collate for samples of unequal lengths: arrays of two axes and more, such as signals [C, L], are padded at the end
 * of their last axis; the other axes must agree, and so must arrays of one axis, such as targets.
 *
 * @throws DatasetError (fault 'batch') for a length or multiple that is no whole number from 1. What it makes throws as
 *   `defaultCollate` does, and (fault 'shape') where an array is longer than `length`.
 */
export function padCollate<S>(options: PadCollateOptions = {}): Collate<S, Collated<S>> {
  checkOptions('padCollate', options, padCollateOptions);
  const { value = 0, length, multipleOf = 1 } = options;
  for (const [name, count] of [
    ['length', length ?? 1],
    ['multipleOf', multipleOf],
  ] as const) {
    if (Number.isSafeInteger(count) && count >= 1) continue;
    throw new DatasetError(
      'batch',
      `padCollate: expected ${name} as a whole number from 1, got ${formatValue(count)}`,
    );
  }
  const stack: Stack = (arrays, names, path) => {
    if (arrays.some(({ shape }) => shape.length < 2)) return stackEqual(arrays, names, path);
    const longest = Math.max(...arrays.map(({ shape }) => shape[shape.length - 1]!));
    const wanted = Math.ceil(Math.max(length ?? longest, 1) / multipleOf) * multipleOf;
    return stackEqual(
      arrays.map((array, i) => padded(array, wanted, value, `${names[i]}${placed(path)}`)),
      names,
      path,
    );
  };
  return stacksFresh((samples: readonly S[], context: CollateContext) => {
    const { names } = checkedContext('padCollate', samples, context);
    return collateAt(samples, names, '', stack) as Collated<S>;
  });
}

function padded(array: HostArray, length: number, value: number, name: string): HostArray {
  const { data, shape } = array;
  const own = shape[shape.length - 1]!;
  if (own > length) {
    throw new DatasetError('shape', `${name}: expected a length of at most ${length}, got ${own}`);
  }
  if (own === length) return array;
  const rows = elementCount(shape.slice(0, -1));
  const out = zeros(kindOf(array), rows * length).fill(value);
  for (let row = 0; row < rows; row++)
    out.set(data.subarray(row * own, (row + 1) * own), row * length);
  return { data: out, shape: [...shape.slice(0, -1), length] };
}
