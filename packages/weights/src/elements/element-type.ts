/**
 * Element types of files, by PyTorch's names. Those that convnet has no tensors of are widened or refused when their
 * numbers are asked for (see `decode.ts`).
 */
export type ElementType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float8_e4m3fn'
  | 'float8_e4m3fnuz'
  | 'float8_e5m2'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu'
  | 'float6_e2m3fn'
  | 'float6_e3m2fn'
  | 'float4_e2m1fn'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool'
  | 'complex32'
  | 'complex64'
  | 'complex128';

/** Bits of one element. */
export const bitsOf: Readonly<Record<ElementType, number>> = {
  float64: 64,
  float32: 32,
  float16: 16,
  bfloat16: 16,
  float8_e4m3fn: 8,
  float8_e4m3fnuz: 8,
  float8_e5m2: 8,
  float8_e5m2fnuz: 8,
  float8_e8m0fnu: 8,
  float6_e2m3fn: 6,
  float6_e3m2fn: 6,
  float4_e2m1fn: 4,
  int64: 64,
  int32: 32,
  int16: 16,
  int8: 8,
  uint64: 64,
  uint32: 32,
  uint16: 16,
  uint8: 8,
  bool: 8,
  complex32: 32,
  complex64: 64,
  complex128: 128,
};

/**
 * Bytes of so many elements, or null where they do not fill whole bytes or are more than can be counted exactly.
 */
export function bytesFor(type: ElementType, shape: readonly number[]): number | null {
  let bits = bitsOf[type];
  // An empty axis makes the tensor empty, however large the others are.
  if (shape.includes(0)) return 0;
  for (const extent of shape) {
    bits *= extent;
    if (bits > 8 * Number.MAX_SAFE_INTEGER) return null;
  }
  return bits % 8 === 0 ? bits / 8 : null;
}
