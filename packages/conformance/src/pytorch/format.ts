import { elementCount, isFloating, type DType, type TypedArray } from '@convnet/tensor-core';
import type { HostTensor, Scale } from '../compare.ts';
import { seedOf, type Input } from '../inputs.ts';
import { hashedUnit, hashedWord } from './hashed.ts';

/** The rule for an input, as scripts/fixtures/fixture.py writes it. */
export interface FixtureInput {
  readonly shape: readonly number[];
  /** Default float32. */
  readonly dtype?: DType;
  /** Default true for float32. */
  readonly grad?: boolean;
  readonly low?: number;
  readonly high?: number;
  readonly step?: number;
  /** Numbers, or the names of those that JSON lacks. */
  readonly values?: readonly (number | string)[];
}

export type FixtureArguments = Readonly<Record<string, unknown>>;

/** One case of an index file. */
export interface FixtureCase {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly FixtureInput[];
  readonly args?: FixtureArguments;
  readonly long?: boolean;
  /** Default 'tensor'. */
  readonly scale?: Scale;
  /** Whether a zero must have the sign that it has there. Default false. */
  readonly signs?: boolean;
  /** Whether there are also the results where subnormal inputs are taken for zeros. Default false. */
  readonly flushed?: boolean;
  readonly outputs: readonly {
    readonly shape: readonly number[];
    readonly dtype?: DType;
    /** Whether a gradient flows from it. */
    readonly grad?: boolean;
  }[];
}

/** What is stored of one expected tensor: all of it, or what identifies a long one. */
export type Expected =
  | { readonly kind: 'full'; readonly tensor: HostTensor }
  | {
      readonly kind: 'sample';
      readonly shape: readonly number[];
      readonly dtype: DType;
      /** Greatest magnitude, then a projection on each hashed direction; absent for integers. */
      readonly scale: number | null;
      readonly projections: readonly number[];
      readonly directionSeed: number;
      readonly positions: readonly number[];
      readonly values: TypedArray;
    };

/** A case with its expected results. */
export interface Fixture extends Results {
  readonly description: FixtureCase;
  /** What comes out where subnormal inputs are taken for zeros; null where that is not asked. */
  readonly flushed: Results | null;
}

interface Results {
  readonly outputs: readonly Expected[];
  /** By each input, null where it has none. */
  readonly gradients: readonly (Expected | null)[];
}

/** Tensors of at most this many elements are stored whole. */
const fullLimit = 40;
const sampleCount = 12;
const projectionCount = 2;

/** The cases of one family, from its index and its binary. */
export function readFixtures(index: string, binary: ArrayBuffer): Fixture[] {
  const reader = new WordReader(binary);
  const fixtures = (JSON.parse(index) as FixtureCase[]).map((description): Fixture => {
    const results = resultsIn(reader, description);
    const flushed = description.flushed === true ? resultsIn(reader, description) : null;
    return { description, ...results, flushed };
  });
  reader.requireEnd();
  return fixtures;
}

function resultsIn(reader: WordReader, { name, inputs, outputs }: FixtureCase): Results {
  const flows = outputs.some(({ grad }) => grad === true);
  return {
    outputs: outputs.map(({ shape, dtype = 'float32' }, i) =>
      readExpected(reader, shape, dtype, seedOf(`${name}/output ${i}`)),
    ),
    gradients: inputs.map((input, i) =>
      flows && hasGradient(input)
        ? readExpected(reader, input.shape, 'float32', seedOf(`${name}/gradient by ${i}`))
        : null,
    ),
  };
}

function hasGradient({ dtype = 'float32', grad = true }: FixtureInput): boolean {
  return dtype === 'float32' && grad;
}

function readExpected(
  reader: WordReader,
  shape: readonly number[],
  dtype: DType,
  seed: number,
): Expected {
  const count = elementCount(shape);
  if (count <= fullLimit) {
    return { kind: 'full', tensor: { shape, dtype, values: reader.take(count, dtype) } };
  }
  const floating = isFloating(dtype);
  const [scale = null, ...projections] = floating ? reader.take(1 + projectionCount, dtype) : [];
  return {
    kind: 'sample',
    shape,
    dtype,
    scale,
    projections,
    directionSeed: seed + 1,
    positions: Array.from({ length: sampleCount }, (_, i) => hashedWord(seed, i) % count),
    values: reader.take(sampleCount, dtype),
  };
}

/** Reads little-endian 32-bit words in order. */
class WordReader {
  readonly #view: DataView;
  #offset = 0;

  constructor(binary: ArrayBuffer) {
    this.#view = new DataView(binary);
  }

  take(count: number, dtype: DType): TypedArray {
    const start = this.#offset;
    this.#offset += 4 * count;
    const floating = isFloating(dtype);
    const at = (_: unknown, i: number): number =>
      floating
        ? this.#view.getFloat32(start + 4 * i, true)
        : this.#view.getInt32(start + 4 * i, true);
    if (floating) return Float32Array.from({ length: count }, at);
    if (dtype === 'int32') return Int32Array.from({ length: count }, at);
    return Uint8Array.from({ length: count }, at);
  }

  requireEnd(): void {
    if (this.#offset !== this.#view.byteLength) {
      throw new RangeError(
        `fixtures: the index names ${this.#offset} bytes, the binary has ${this.#view.byteLength}`,
      );
    }
  }
}

/** An input of a program from the rule of a fixture. */
export function inputOf(rule: FixtureInput, seed: number): Input {
  const { shape, dtype = 'float32', low = 0, high = 1, step, values } = rule;
  const numbers = values?.map(Number);
  const places = step === undefined ? 0 : Math.round((high - low) / step) + 1;
  return {
    shape,
    dtype,
    grad: hasGradient(rule),
    value(_, i) {
      if (numbers !== undefined) return numbers[i % numbers.length]!;
      const u = hashedUnit(seed, i);
      return step === undefined ? low + (high - low) * u : low + step * Math.floor(u * places);
    },
  };
}

/** The gradient that flows into output number `i` of a case. */
export function fixtureGradient(name: string, i: number, count: number): Float32Array {
  const seed = seedOf(`${name}/gradient ${i}`);
  return Float32Array.from({ length: count }, (_, at) => -1 + 2 * hashedUnit(seed, at));
}

/** Projection of `values` on hashed direction number `k`. */
export function projection(values: TypedArray, directionSeed: number, k: number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    total += values[i]! * (hashedUnit(directionSeed + k, i) * 2 - 1);
  }
  return total;
}
