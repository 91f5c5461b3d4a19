import { elementCount, bytesOf, type Operand, type TensorSpec } from '@convnet/tensor-core';

import { bytesFor, memoryOf, type CudaBuffer, type Memory } from '../cuda-buffer.ts';
import type { KernelContext } from '../commands/kernel-context.ts';
import { mostUnsigned, requireCountable } from './countable.ts';

/** Whether memory order differs from logical order: an extent of 1 moves nothing. */
export function isReordered({ shape }: Pick<TensorSpec, 'shape'>): boolean {
  return shape.length >= 3 && shape[1]! > 1 && elementCount(shape.slice(2)) > 1;
}

const tile = 32;
const mostAlongY = 65_535;
const mostAlongZ = 65_535;

/** Matrices [rows, columns] one behind the other, each written as [columns, rows]. */
function transpose(
  context: KernelContext,
  from: Memory,
  to: Memory,
  elementBytes: number,
  [count, rows, columns]: readonly [count: number, rows: number, columns: number],
): void {
  requireCountable('reshape', { 'positions or channels': Math.max(rows, columns) }, mostUnsigned);
  const bytes = rows * columns * elementBytes;
  for (let first = 0; first < count; first += mostAlongZ) {
    const planes = Math.min(count - first, mostAlongZ);
    const across = Math.ceil(columns / tile);
    const down = Math.min(Math.ceil(rows / tile), mostAlongY);
    const part = (memory: Memory) => ({ memory, byteOffset: first * bytes });
    context.launch(
      `transpose_${elementBytes}`,
      { grid: [across, down, planes], block: [tile, 8, 1] },
      [part(from), part(to)],
      [rows, columns],
    );
  }
}

/** A tensor from elements in logical order; `from` stays the caller's. */
export function fromRowMajor(context: KernelContext, from: Memory, spec: TensorSpec): CudaBuffer {
  const to = context.allocate(spec);
  if (isReordered(spec)) {
    const [samples, channels, ...space] = spec.shape;
    const extents = [samples!, channels!, elementCount(space)] as const;
    transpose(context, from, to.memory, bytesOf[spec.dtype], extents);
  } else context.copy(to.memory, from, bytesFor(spec));
  return to;
}

/** The elements of a tensor in logical order: its own memory where that is the order already, else scratch. */
export function toRowMajor(context: KernelContext, x: Operand): Memory {
  if (!isReordered(x)) return memoryOf(x);
  const to = context.scratch(bytesFor(x));
  const [samples, channels, ...space] = x.shape;
  const extents = [samples!, elementCount(space), channels!] as const;
  transpose(context, memoryOf(x), to, bytesOf[x.dtype], extents);
  return to;
}
