/** Element types. `bool` is stored as bytes of 0 and 1; `float64` exists on the reference backend only. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool';

/** The host array that carries the elements of a tensor. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Bytes of one element. */
export const bytesOf: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** A zero-filled host array of `length` elements of `dtype`. */
export function hostArray(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    default:
      return new Uint8Array(length);
  }
}

/** Whether gradients can flow through tensors of `dtype`. */
export function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

const rank: Readonly<Record<DType, number>> = {
  bool: 0,
  uint8: 1,
  int32: 2,
  float32: 3,
  float64: 4,
};

/** The type that an operation on `a` and `b` computes in, as PyTorch promotes tensors of equal rank. */
export function promote(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}
