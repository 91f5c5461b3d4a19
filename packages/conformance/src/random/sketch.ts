import type { Tensor } from '@convnet/tensor-core';
import { asType, fixed, integers, uniform, type Input } from '../inputs.ts';
import type { Choices } from './choices.ts';

/** One random use of an operation: what it is given, and the call. */
export interface Sketch {
  readonly inputs: readonly Input[];
  body(...inputs: Tensor[]): Tensor | readonly Tensor[];
}

/** Makes a random use of one operation, right or wrong. */
export type Sketcher = (c: Choices) => Sketch;

export type Sketchers = Readonly<Record<string, Sketcher>>;

/** float32, now and then another type. */
export function numbers(c: Choices, shape: readonly number[], low = -2, high = 2): Input {
  if (!c.once(20)) return c.once(3) ? fixed(uniform(shape, low, high)) : uniform(shape, low, high);
  return asType(integers(shape, 0, 1), c.pick(['float16', 'int32', 'uint8', 'bool']));
}

/** A shape that mostly fits `shape`: the same, or with one extent changed, or one axis less. */
export function nearly(c: Choices, shape: readonly number[]): number[] {
  if (!c.once(15) || shape.length === 0) return [...shape];
  const axis = c.below(shape.length);
  const extent = Math.max(shape[axis]! + c.pick([1, -1]), 0) || 1;
  return c.once(2)
    ? shape.filter((_, i) => i !== axis)
    : shape.map((old, i) => (i === axis ? extent : old));
}

/** In the opposite order. */
export function reversed<T>(list: readonly T[]): T[] {
  return list.map((_, i) => list[list.length - 1 - i]!);
}

/** A shape that mostly broadcasts against `shape`. */
export function broadcasting(c: Choices, shape: readonly number[]): number[] {
  const kept = shape.slice(c.below(shape.length + 1)).map((extent) => (c.once(3) ? 1 : extent));
  return nearly(c, kept);
}

/** int32 positions on an axis; now and then one outside. */
export function positions(c: Choices, shape: readonly number[], extent: number): Input {
  if (c.once(20)) return numbers(c, shape);
  const most = c.once(20) ? extent : extent - 1;
  return integers(shape, c.once(20) ? -1 : 0, Math.max(most, 0));
}
