/**
 * Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as
 * 1, 2, 3", SC 2011). Every number is a pure function of a seed and a position, so the same seed gives
 * the same numbers on every backend, whatever the order of execution. The functions here are the
 * specification of the `random` kernel: only +, -, *, / and sqrt of doubles in the order written.
 */

import { context } from './context.ts';
import { ArgumentError } from './errors.ts';
import type { Kind } from './kinds.ts';
import { formatValue } from './format-value.ts';
import { StateError, type StateDict, type Stateful } from './state.ts';

const roundMultiplier0 = 0xd2511f53;
const roundMultiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middleLow = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(middleLow / 65536)) >>> 0;
}

/**
 * @internal One block of four unsigned 32-bit words. The key is the 64-bit `seed` (low word first), the counter
 * the 64-bit `block` in its two low words.
 */
export function philox(seed: number, block: number, words: Uint32Array): void {
  let key0 = seed >>> 0;
  let key1 = Math.floor(seed / 4294967296) >>> 0;
  let c0 = block >>> 0;
  let c1 = Math.floor(block / 4294967296) >>> 0;
  let c2 = 0;
  let c3 = 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(roundMultiplier0, c0);
    const low0 = Math.imul(roundMultiplier0, c0) >>> 0;
    const high1 = multiplyHigh(roundMultiplier1, c2);
    const low1 = Math.imul(roundMultiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c3 = low0;
    key0 = (key0 + weyl0) >>> 0;
    key1 = (key1 + weyl1) >>> 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** @internal Uniform in [0, 1) with 24 bits, exact in float32. */
export function wordToUniform(word: number): number {
  return (word >>> 8) / 16777216;
}

/** Natural logarithm of x in (0, 1], by the series of the inverse hyperbolic tangent. */
function logarithm(x: number): number {
  let exponent = 0;
  let mantissa = x;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent -= 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 21; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return 2 * s * sum + exponent * Math.LN2;
}

/**
 * @internal Two standard normal numbers from two words, by Box and Muller's transform: the radius from the first
 * word, the angle from the second; cosine first.
 */
export function wordsToNormals(first: number, second: number): [number, number] {
  const radius = Math.sqrt(-2 * logarithm(((first >>> 8) + 1) / 16777216));
  const turns = ((second >>> 8) / 16777216) * 4;
  const quadrant = Math.floor(turns + 0.5);
  const angle = (turns - quadrant) * 1.5707963267948966;
  const square = angle * angle;
  let sine = 0;
  for (let n = 17; n >= 3; n -= 2) sine = ((sine + 1) * -square) / (n * (n - 1));
  sine = (sine + 1) * angle;
  let cosine = 0;
  for (let n = 16; n >= 2; n -= 2) cosine = ((cosine + 1) * -square) / (n * (n - 1));
  cosine += 1;
  switch (quadrant & 3) {
    case 0:
      return [radius * cosine, radius * sine];
    case 1:
      return [radius * -sine, radius * cosine];
    case 2:
      return [radius * -cosine, radius * -sine];
    default:
      return [radius * sine, radius * -cosine];
  }
}

/** @internal Fills `out` with float32 uniform or standard normal numbers from block `offset` on. */
export function fillRandom(
  out: Float32Array,
  distribution: 'uniform' | 'normal',
  seed: number,
  offset: number,
): void {
  if (distribution === 'uniform') {
    fillUniform(out, seed, offset);
    return;
  }
  const words = new Uint32Array(4);
  for (let start = 0, block = offset; start < out.length; start += 4, block++) {
    philox(seed, block, words);
    for (let i = 0; i < 4 && start + i < out.length; i += 2) {
      const [a, b] = wordsToNormals(words[i]!, words[i + 1]!);
      out[start + i] = a;
      if (start + i + 1 < out.length) out[start + i + 1] = b;
    }
  }
}

function fillUniform(out: Float32Array, seed: number, offset: number): void {
  const words = new Uint32Array(4);
  for (let start = 0, block = offset; start < out.length; start += 4, block++) {
    philox(seed, block, words);
    for (let i = 0; i < 4 && start + i < out.length; i++) out[start + i] = wordToUniform(words[i]!);
  }
}

const isOffset = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** @throws ArgumentError for more numbers than an array of the host holds. */
function requireLength(count: number): number {
  if (isOffset(count) && count < 2 ** 32) return count;
  throw new ArgumentError(
    `Generator: expected count as an integer from 0 to 2^32 - 1, got ${formatValue(count)}`,
  );
}

/**
 * A stream of random numbers: a seed and the position reached. Drawing n numbers moves on by
 * ceil(n / 4) blocks.
 */
export class Generator implements Stateful {
  #seed: number;
  #offset: number;

  /** `seed`: an integer from 0 to 2^53 - 1. */
  constructor(seed: number, offset = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ArgumentError(`Generator: expected a seed from 0 to 2^53 - 1, got ${seed}`);
    }
    if (!isOffset(offset))
      throw new ArgumentError(
        `Generator: expected offset as an integer ≥ 0, got ${formatValue(offset)}`,
      );
    this.#seed = seed;
    this.#offset = offset;
  }

  get seed(): number {
    return this.#seed;
  }

  /** Number of the next unused block. */
  get offset(): number {
    return this.#offset;
  }

  /** The seed and the place that the stream has reached. */
  stateDict(): Map<string, number> {
    return new Map([
      ['seed', this.#seed],
      ['offset', this.#offset],
    ]);
  }

  /** Goes on where the stream of the state went on. @throws StateError. */
  loadStateDict(state: StateDict): void {
    const [seed, offset] = state instanceof Map ? [state.get('seed'), state.get('offset')] : [];
    if (!isPlace(seed) || !isPlace(offset) || state.size > 2) {
      throw new StateError(
        'Generator',
        `expected a state as stateDict() gives it, a seed and an offset from 0 on, got ${formatValue(seed)} and ` +
          formatValue(offset),
      );
    }
    this.#seed = seed;
    this.#offset = offset;
  }

  /** Reserves the blocks for `count` numbers and returns the first. */
  advance(count: number): number {
    if (!isOffset(count))
      throw new ArgumentError(
        `Generator: expected count as an integer ≥ 0, got ${formatValue(count)}`,
      );
    const first = this.#offset;
    this.#offset += Math.ceil(count / 4);
    return first;
  }

  /** @internal Takes back that `advance(count)` was called last. */
  goBack(count: number): void {
    this.#offset -= Math.ceil(count / 4);
  }

  /** `count` uniform numbers in [0, 1) on the host. */
  uniform(count: number): Float32Array<ArrayBuffer> {
    refuseInCapture();
    const first = this.advance(requireLength(count));
    const out = new Float32Array(count);
    fillUniform(out, this.seed, first);
    return out;
  }

  /** A uniformly random order of 0 … count - 1 (Fisher and Yates). */
  permutation(count: number): Int32Array<ArrayBuffer> {
    refuseInCapture();
    const first = this.advance(requireLength(count));
    const order = Int32Array.from({ length: count }, (_, i) => i);
    const words = new Uint32Array(4);
    for (let i = count - 1; i > 0; i--) {
      if ((count - 1 - i) % 4 === 0) philox(this.seed, first + (count - 1 - i) / 4, words);
      const j = Math.floor((words[(count - 1 - i) % 4]! / 4294967296) * (i + 1));
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What the host draws would be the same at every replay of a captured step. */
function refuseInCapture(): void {
  context().recorder?.refuse('random numbers were drawn on the host');
}

let defaultGenerator = new Generator(0);

/** Seeds the stream that every random operation without a `generator` draws from. */
export function manualSeed(seed: number): void {
  defaultGenerator = new Generator(seed);
}

/** The stream that random operations draw from when none is given. */
export function currentGenerator(): Generator {
  return defaultGenerator;
}

/** A stream of random numbers. */
export const aGenerator: Kind = {
  expected: 'a Generator',
  accepts: (value) => value instanceof Generator,
};
