import { contiguousStrides, elementCount } from '@convnet/tensor-core';

/** How the elements of a tensor lie in its storage, in elements. */
export interface Layout {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** The part of a storage that a tensor reaches: its first element and the one behind its last. */
export function reach({ offset, shape, stride }: Layout): { start: number; end: number } {
  if (shape.includes(0)) return { start: offset, end: offset };
  let last = offset;
  for (let axis = 0; axis < shape.length; axis++) last += (shape[axis]! - 1) * stride[axis]!;
  return { start: offset, end: last + 1 };
}

/** Whether the elements lie row-major and without a gap. An axis of one element may have any stride. */
export function isContiguous({ shape, stride }: Layout): boolean {
  const rowMajor = contiguousStrides(shape);
  return shape.every((extent, axis) => extent === 1 || stride[axis] === rowMajor[axis]);
}

/**
 * The elements of a tensor, row-major, from the bytes of what it reaches.
 * @param size bytes of an element
 */
export function gather(bytes: Uint8Array, layout: Layout, size: number): Uint8Array {
  const { shape, stride } = layout;
  const out = new Uint8Array(elementCount(shape) * size);
  if (out.length === 0) return out;
  if (size === 16) {
    // Pairs of eight bytes.
    const doubled = stride.map((step) => 2 * step);
    copy(words(bytes, 8), words(out, 8), [...shape, 2], [...doubled, 1]);
  } else {
    copy(words(bytes, size), words(out, size), shape, stride);
  }
  return out;
}

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

function words(bytes: Uint8Array, size: number): Words {
  const isAligned = bytes.byteOffset % size === 0;
  const { buffer, byteOffset, length } = isAligned ? bytes : bytes.slice();
  if (size === 1) return new Uint8Array(buffer, byteOffset, length);
  if (size === 2) return new Uint16Array(buffer, byteOffset, length / 2);
  if (size === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  return new BigUint64Array(buffer, byteOffset, length / 8);
}

/** Walks the axes as an odometer does, the last one in a loop of its own. */
function copy(from: Words, to: Words, shape: readonly number[], stride: readonly number[]): void {
  const rank = shape.length;
  const inner = rank === 0 ? 1 : shape[rank - 1]!;
  const step = rank === 0 ? 1 : stride[rank - 1]!;
  const index = Array.from({ length: Math.max(rank - 1, 0) }, () => 0);
  let start = 0;
  for (let at = 0; at < to.length;) {
    for (let i = 0, source = start; i < inner; i++, source += step) to[at++] = from[source]!;
    for (let axis = rank - 2; axis >= 0; axis--) {
      start += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      start -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** Turns the bytes of every element around, for files of big-endian machines. `size` is that of what is turned. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = bytes[i - (i % size) + size - 1 - (i % size)]!;
  return out;
}
