import {
  elementCount,
  Generator,
  hostArray,
  isFloating,
  type DType,
  type TypedArray,
} from '@convnet/tensor-core';
/** An input of a case: its elements are a function of the case's name and its position alone. */
export interface Input {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Whether a gradient by it is computed and compared. */
  readonly grad: boolean;
  /** The value of element `i`, from a uniform number `u` in [0, 1). */
  value(u: number, i: number): number;
}

/** float32, uniform in [low, high). */
export function uniform(shape: readonly number[], low = -1, high = 1): Input {
  return { shape, dtype: 'float32', grad: true, value: (u) => low + (high - low) * u };
}

/** Multiples of `step` from low to high, so that equal values, halves and zeros occur. */
export function steps(shape: readonly number[], low: number, high: number, step: number): Input {
  const count = Math.round((high - low) / step) + 1;
  return {
    shape,
    dtype: 'float32',
    grad: false,
    value: (u) => low + step * Math.floor(u * count),
  };
}

/** Integers from low to high, both included. */
export function integers(
  shape: readonly number[],
  low: number,
  high: number,
  dtype: DType = 'int32',
): Input {
  return { ...steps(shape, low, high, 1), dtype };
}

/** The given values, repeated as often as the shape needs. */
export function listed(
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype: DType = 'float32',
): Input {
  return { shape, dtype, grad: false, value: (_, i) => values[i % values.length]! };
}

/** The same input without a gradient. */
export function fixed(input: Input): Input {
  return { ...input, grad: false };
}

/** The same input, in another element type. */
export function asType(input: Input, dtype: DType): Input {
  return { ...input, dtype, grad: input.grad && isFloating(dtype) };
}

/** Elements of an input, as `dtype`; float64 holds the float32 values. */
export function elementsOf(input: Input, seed: number, dtype: DType): TypedArray {
  const count = elementCount(input.shape);
  const drawn = new Generator(seed).uniform(count);
  const own = hostArray(input.dtype, count);
  for (let i = 0; i < count; i++) own[i] = input.value(drawn[i]!, i);
  if (dtype === input.dtype) return own;
  const converted = hostArray(dtype, count);
  converted.set(own);
  return converted;
}

/** A seed from a name (FNV-1a), so that cases can be added without changing the numbers of others. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
