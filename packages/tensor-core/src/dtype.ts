import { fromFloat16, toFloat16 } from './float16.ts';

/**
 * Element types. `bool` is stored as bytes of 0 and 1; `float64` exists on the reference backend only.
 * `float16` stores numbers in half the memory: it can be moved and cast, but nothing computes with it.
 *
 * Integers wrap around at the ends of their range (`int32` at 2^31, `uint8` at 256). `div` and functions such as
 * `exp` give `float32` for them; `sum` and `prod` of them are `int32`, where PyTorch has int64.
 */
export type DType = 'float32' | 'float64' | 'float16' | 'int32' | 'uint8' | 'bool';

/**
 * The host array that carries the elements of a tensor. That of float16 holds its numbers, as float32. What is handed
 * out lies in an `ArrayBuffer`, so that it can be put in a `Blob` or sent.
 */
export type TypedArray<Memory extends ArrayBufferLike = ArrayBufferLike> =
  | Float32Array<Memory>
  | Float64Array<Memory>
  | Int32Array<Memory>
  | Uint8Array<Memory>;

/** The elements as a device stores them: those of float16 as 16 bits each. */
export type StoredArray<Memory extends ArrayBufferLike = ArrayBufferLike> =
  | TypedArray<Memory>
  | Uint16Array<Memory>;

/** Bytes of one element. */
export const bytesOf: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** @internal A zero-filled host array of `length` elements of `dtype`. */
export function hostArray(dtype: DType, length: number): TypedArray<ArrayBuffer> {
  switch (dtype) {
    case 'float32':
    case 'float16':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    default:
      return new Uint8Array(length);
  }
}

/** @internal A zero-filled array of `length` elements as a device stores them. */
export function storedArray(dtype: DType, length: number): StoredArray<ArrayBuffer> {
  return dtype === 'float16' ? new Uint16Array(length) : hostArray(dtype, length);
}

/** @internal The elements of a host array as a device stores them; the same array where that is the same. */
export function toStored(values: TypedArray, dtype: DType): StoredArray {
  return dtype === 'float16' ? toFloat16(values) : values;
}

/** @internal The elements of a tensor from what a device stores. */
export function fromStored<Memory extends ArrayBufferLike>(
  stored: StoredArray<Memory>,
): TypedArray<Memory | ArrayBuffer> {
  return stored instanceof Uint16Array ? fromFloat16(stored) : stored;
}

/** @internal Whether elements of `dtype` can be fractions; gradients flow through such tensors. */
export function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16';
}

const rank: Readonly<Record<DType, number>> = {
  bool: 0,
  uint8: 1,
  int32: 2,
  float16: 3,
  float32: 4,
  float64: 5,
};

/**
 * @internal The type that an operation on `a` and `b` computes in, as PyTorch promotes tensors of equal rank: the later in
 * the order bool, uint8, int32, float16, float32, float64. Where that is float16, arithmetic refuses it.
 */
export function promote(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}
