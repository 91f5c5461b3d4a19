import type { ElementType } from '../elements/element-type.ts';

/** Bytes in front of the header: its length, a little-endian integer of 64 bits. */
export const lengthBytes = 8;

/** The longest header that the reference implementation reads. */
export const longestHeader = 100_000_000;

/** The name under which the header keeps the texts that a writer added. */
export const metadataName = '__metadata__';

/**
 * Element types by their names in a header, in the order in which the reference implementation sorts tensors before it
 * writes them: the last ones first.
 */
export const typesByName: ReadonlyMap<string, ElementType> = new Map([
  ['BOOL', 'bool'],
  ['F4', 'float4_e2m1fn'],
  ['F6_E2M3', 'float6_e2m3fn'],
  ['F6_E3M2', 'float6_e3m2fn'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F8_E4M3', 'float8_e4m3fn'],
  ['F8_E8M0', 'float8_e8m0fnu'],
  ['F8_E4M3FNUZ', 'float8_e4m3fnuz'],
  ['F8_E5M2FNUZ', 'float8_e5m2fnuz'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['F32', 'float32'],
  ['C64', 'complex64'],
  ['F64', 'float64'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
]);
