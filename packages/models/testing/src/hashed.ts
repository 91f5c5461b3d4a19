import { tensor, type Tensor } from '@convnet/tensor-core';
import type { AnyModule, Initializer } from '@convnet/layers';

/*
 * Numbers that Python and TypeScript compute alike, from a name and a position. The Python side, with the
 * reasons for the ranges, is python/hashed.py.
 */

/** FNV-1a of the name's UTF-8 bytes, 32 bits. */
function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return seed >>> 0;
}

/** A number in [-1, 1), a multiple of 2^-23: the mixed bits of seed + position. */
function uniformAt(seed: number, position: number): number {
  let bits = (Math.imul(position, 0x9e3779b9) + seed) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  bits ^= bits >>> 16;
  return (bits >>> 8) / 8388608 - 1;
}

/** `count` numbers in [-bound, bound) that follow from the name. */
export function hashedValues(name: string, count: number, bound = 1): Float32Array {
  const seed = seedOf(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = uniformAt(seed, i) * bound;
  return values;
}

/** As `hashedValues` in [-1, 1), each of them mapped: a call a number, too slow for a hundred million weights. */
function mappedValues(name: string, count: number, map: (u: number) => number): Float32Array {
  const seed = seedOf(name);
  return Float32Array.from({ length: count }, (_, i) => map(uniformAt(seed, i)));
}

/** Norm and inner product with the hashed numbers of its name: all of an array in two numbers. */
export function digest(name: string, values: ArrayLike<number>): { norm: number; inner: number } {
  const seed = seedOf(`digest ${name}`);
  let squares = 0;
  let inner = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    squares += value * value;
    inner += value * uniformAt(seed, i);
  }
  return { norm: Math.sqrt(squares), inner };
}

/** What a state-dict entry is filled with, or null where it keeps its own value. */
function initializerOf(
  key: string,
  shape: readonly number[],
  isNorm: boolean,
  normBias: number,
): Initializer | null {
  const last = key.slice(key.lastIndexOf('.') + 1);
  if (last === 'num_batches_tracked') return null;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const within =
    (bound: number): Initializer =>
    (_, device): Tensor =>
      tensor(hashedValues(key, count, bound), shape, { device });
  const mapped =
    (map: (u: number) => number): Initializer =>
    (_, device): Tensor =>
      tensor(mappedValues(key, count, map), shape, { device });
  if (shape.length > 1) {
    const fanIn = count / shape[0]!;
    return within(Math.sqrt((shape.length > 2 ? 6 : 3) / fanIn));
  }
  if (last === 'running_var') return mapped((u) => 1 + 0.25 * u);
  if (isNorm && last === 'weight') return mapped((u) => 0.65 * (1 + 0.2 * u));
  if (isNorm && last === 'bias') return mapped((u) => normBias + 0.2 * u);
  return within(0.1);
}

/**
 * Gives every parameter and buffer of a model on the meta device its hashed values, drawn by `model.to`.
 * `normBias`: mean of the biases of batch norm.
 */
export function useHashedWeights(model: AnyModule, normBias = 1): void {
  const state = model.stateDict();
  for (const [key, entry] of state) {
    const module = key.slice(0, key.lastIndexOf('.') + 1);
    const initializer = initializerOf(
      key,
      entry.shape,
      state.has(`${module}running_mean`),
      normBias,
    );
    if (initializer !== null) entry.initializer = initializer;
  }
}
