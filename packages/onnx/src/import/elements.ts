import { elementCount, formatShape, fromFloat16, type TypedArray } from '@convnet/tensor-core';
import { PbfReader } from 'pbf';

import { OnnxFileError } from '../errors.ts';
import { HostTensor, hostTypeOf, type HostType } from '../host/host-tensor.ts';
import type { FileTensor } from '../protobuf/file-messages.ts';

/** Bytes of an element as raw data has it. */
const bytesOf: Readonly<Record<HostType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/** Integers of 64 bits may take one byte each in the file and take eight here: real files have lists of extents so. */
const mostWideVarints = 2 ** 22;

/**
 * The numbers of a tensor of a file, as doubles where they need them. They may be a view of the file, to be read only.
 * @throws OnnxFileError where its shape, type and bytes contradict each other, or the type is none that tensors have.
 */
export function decodeElements(tensor: FileTensor, source: string): HostTensor {
  const { shape, elements, name } = tensor;
  const type = typeOf(tensor, source);
  const count = elementCount(shape);
  const fail = (message: string): OnnxFileError =>
    new OnnxFileError(
      'tensor',
      source,
      `the tensor '${name}', ${type} ${formatShape(shape)}, ${message}`,
    );
  if (elements.kind === 'external') throw fail('has its elements in a file that was not read');
  if (elements.kind === 'varints') {
    const data = decodeVarints(elements.parts, type, count, fail);
    return new HostTensor(type, shape, fromBits(data, type));
  }
  const bytes = joined(elements.parts);
  if (bytes.length !== count * bytesOf[type]) {
    throw fail(`takes ${count * bytesOf[type]} bytes, ${bytes.length} are there`);
  }
  return new HostTensor(type, shape, decodeRaw(bytes, type));
}

/** @throws OnnxFileError for a type that no tensor has. */
export function typeOf({ type, name }: FileTensor, source: string): HostType {
  const known = hostTypeOf(type);
  if (known !== undefined) return known;
  throw new OnnxFileError(
    'tensor',
    source,
    `the tensor '${name}' has the element type ${type}, which no tensor here has`,
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function decodeRaw(bytes: Uint8Array, type: HostType): ArrayLike<number> {
  switch (type) {
    case 'float32':
      return new Float32Array(aligned(bytes, 4));
    case 'float64':
      return new Float64Array(aligned(bytes, 8));
    case 'float16':
    case 'bfloat16':
      return fromBits(new Uint16Array(aligned(bytes, 2)), type);
    case 'int8':
      return new Int8Array(aligned(bytes, 1));
    case 'int16':
      return new Int16Array(aligned(bytes, 2));
    case 'int32':
      return new Int32Array(aligned(bytes, 4));
    case 'uint16':
      return new Uint16Array(aligned(bytes, 2));
    case 'uint32':
      return new Uint32Array(aligned(bytes, 4));
    case 'int64':
      return Float64Array.from(new BigInt64Array(aligned(bytes, 8)), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(aligned(bytes, 8)), Number);
    default:
      return bytes;
  }
}

/** Halves and bfloat16 from their bits; other numbers are themselves. */
function fromBits(data: ArrayLike<number>, type: HostType): ArrayLike<number> {
  if (type === 'float16') return fromFloat16(Uint16Array.from(data));
  if (type !== 'bfloat16') return data;
  const words = Uint32Array.from(data, (bits) => bits << 16);
  return new Float32Array(words.buffer);
}

function decodeVarints(
  parts: readonly Uint8Array[],
  type: HostType,
  count: number,
  fail: (message: string) => OnnxFileError,
): TypedArray {
  const there = parts.reduce((sum, { length }) => sum + length, 0);
  if (count > there) throw fail(`takes at least ${count} bytes, ${there} are there`);
  const isWide = type === 'int64' || type === 'uint64' || type === 'uint32';
  if (isWide && count > mostWideVarints)
    throw fail('is too long for integers that are not raw data');
  if (type === 'float32' || type === 'float64') throw fail('has integers for its elements');
  const data = isWide ? new Float64Array(count) : new Int32Array(count);
  let at = 0;
  for (const part of parts) {
    const reader = new PbfReader(part);
    while (reader.pos < part.length) {
      let last = reader.pos;
      while (last < part.length && part[last]! >= 0x80) last++;
      if (last >= part.length || last - reader.pos >= 10) throw fail('ends within a number');
      const value = reader.readVarint(type !== 'uint64');
      if (at < count) data[at] = value;
      at++;
    }
  }
  if (at !== count) throw fail(`has ${count} elements, ${at} are there`);
  return data;
}

/** A buffer that holds just these bytes, where numbers of `size` bytes may be read. */
function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = byteOffset === 0 && byteLength === buffer.byteLength && byteLength % size === 0;
  if (isWhole && buffer instanceof ArrayBuffer) return buffer;
  return new Uint8Array(bytes).buffer;
}
