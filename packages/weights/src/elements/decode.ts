import { DTypeError, fromFloat16, type DType, type TypedArray } from '@convnet/tensor-core';

import type { ElementType } from './element-type.ts';
import { smallFloatTable } from './small-floats.ts';

/** Numbers of the host, and the type of tensors that holds them. */
export interface Decoded {
  readonly dtype: DType;
  readonly data: TypedArray<ArrayBuffer>;
}

/**
 * The numbers that little-endian bytes stand for, with nothing lost: half and bfloat16 as float32, integers as int32
 * where they fit. `where` is what an error begins with.
 * @throws DTypeError for integers beyond int32, and for complex and packed numbers, which no tensor here holds.
 */
export function decode(where: string, bytes: Uint8Array, type: ElementType): Decoded {
  switch (type) {
    case 'float32':
      return { dtype: 'float32', data: new Float32Array(aligned(bytes, 4)) };
    case 'float64':
      return { dtype: 'float64', data: new Float64Array(aligned(bytes, 8)) };
    case 'float16':
      return { dtype: 'float16', data: fromFloat16(new Uint16Array(aligned(bytes, 2))) };
    case 'bfloat16':
      return { dtype: 'float32', data: fromBfloat16(new Uint16Array(aligned(bytes, 2))) };
    case 'float8_e4m3fn':
    case 'float8_e4m3fnuz':
    case 'float8_e5m2':
    case 'float8_e5m2fnuz':
    case 'float8_e8m0fnu': {
      const table = smallFloatTable(type);
      return { dtype: 'float32', data: Float32Array.from(bytes, (bits) => table[bits]!) };
    }
    case 'int32':
      return { dtype: 'int32', data: new Int32Array(aligned(bytes, 4)) };
    case 'int16':
      return { dtype: 'int32', data: Int32Array.from(new Int16Array(aligned(bytes, 2))) };
    case 'int8':
      return { dtype: 'int32', data: Int32Array.from(new Int8Array(aligned(bytes, 1))) };
    case 'uint16':
      return { dtype: 'int32', data: Int32Array.from(new Uint16Array(aligned(bytes, 2))) };
    case 'uint8':
      return { dtype: 'uint8', data: new Uint8Array(aligned(bytes, 1)) };
    case 'bool':
      return { dtype: 'bool', data: Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1)) };
    case 'int64':
      return narrowed(where, type, new BigInt64Array(aligned(bytes, 8)));
    case 'uint64':
      return narrowed(where, type, new BigUint64Array(aligned(bytes, 8)));
    case 'uint32':
      return narrowed(where, type, new Uint32Array(aligned(bytes, 4)));
    case 'float6_e2m3fn':
    case 'float6_e3m2fn':
    case 'float4_e2m1fn':
    case 'complex32':
    case 'complex64':
    case 'complex128':
      throw new DTypeError(
        `${where}: no tensor here holds numbers of type ${type}; bytes() gives them as they are`,
      );
    default:
      throw new DTypeError(`${where}: unknown element type ${String(type)}`);
  }
}

/**
 * A buffer that holds just these bytes: their own where they are all of it, which happens for tensors that were read
 * from a file, else a copy.
 */
function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = byteOffset === 0 && byteLength === buffer.byteLength && byteLength % size === 0;
  if (isWhole && buffer instanceof ArrayBuffer) return buffer;
  return new Uint8Array(bytes).buffer;
}

/** bfloat16 is the upper half of float32. */
function fromBfloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < words.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

function narrowed(
  where: string,
  type: ElementType,
  values: BigInt64Array | BigUint64Array | Uint32Array,
): Decoded {
  const data = new Int32Array(values.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(values[i]!);
    if (value < -(2 ** 31) || value >= 2 ** 31) {
      throw new DTypeError(
        `${where}: expected numbers that int32 holds, got the ${type} ${values[i]} at position ${i}`,
      );
    }
    data[i] = value;
  }
  return { dtype: 'int32', data };
}
