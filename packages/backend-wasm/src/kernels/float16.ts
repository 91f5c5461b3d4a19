import { float16Bits, float16Value } from '@convnet/tensor-core';

import { stridedCopy } from '../layout.ts';
import type { Machine } from '../machine.ts';

/**
 * Elements of 16 bits. Kernels in Rust know 8 and 32: these are read and written on the host, or moved in the
 * lower half of a word each.
 */
export function halves(machine: Machine, address: number, count: number): Uint16Array {
  machine.settle();
  return new Uint16Array(machine.bytes.buffer, address >>> 0, count);
}

/** float32 at `to` from float16 at `from`. */
export function decodeAt(machine: Machine, from: number, to: number, count: number): void {
  const source = halves(machine, from, count);
  const start = (to >>> 0) / 4;
  for (let i = 0; i < count; i++) machine.floats[start + i] = float16Value(source[i]!);
}

/** float16 at `to` from float32 at `from`. */
export function encodeAt(machine: Machine, from: number, to: number, count: number): void {
  const out = halves(machine, to, count);
  const start = (from >>> 0) / 4;
  for (let i = 0; i < count; i++) out[i] = float16Bits(machine.floats[start + i]!);
}

/** Address of `count` words, for the length of the kernel, with the elements at `address` as their lower halves. */
export function widened(machine: Machine, address: number, count: number): number {
  const words = machine.temporary(4 * count);
  copyHalves(machine, address, 2, words, 4, count);
  return words;
}

/** The lower halves of `count` words at `words` to `address`. */
export function narrowAt(machine: Machine, words: number, address: number, count: number): void {
  copyHalves(machine, words, 4, address, 2, count);
}

function copyHalves(
  machine: Machine,
  source: number,
  from: number,
  out: number,
  to: number,
  count: number,
): void {
  stridedCopy(machine, source, out, 1, [
    { extent: count, from, to },
    { extent: 2, from: 1, to: 1 },
  ]);
}
