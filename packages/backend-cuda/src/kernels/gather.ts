import {
  bytesOf,
  elementCount,
  type DType,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { KernelSizeError } from '../errors.ts';
import { bytesFor, kernelType, memoryOf, type CudaBuffer } from '../cuda-buffer.ts';
import {
  collapse,
  forEachPiece,
  lengthOf,
  memoryOrder,
  memoryStrides,
  walkWords,
  type Walk,
} from '../layout.ts';
import { mostSigned, requireCountable } from './countable.ts';
import { overElements, partOf } from './launching.ts';
import { sortPositions } from './order.ts';

/** Bits of what a position outside the axis reads as: NaN, or 0 in integers. */
const missing: Partial<Record<DType, number>> = { float32: 0x7fc00000, float16: 0x7e00 };

/** From this many elements on a line of an index, sums go by their sorted order. */
const longLine = 512;

/** A walk over the axes of a shape in the order of its memory, with the strides of tensors by its logical axes. */
function walkOver(shape: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const order = memoryOrder(shape.length);
  const ordered = (values: readonly number[]): number[] => order.map((axis) => values[axis]!);
  return collapse(ordered(shape), strides.map(ordered));
}

const without = (values: readonly number[], axis: number, filler: number): number[] =>
  values.map((value, other) => (other === axis ? filler : value));

const only = (values: readonly number[], axis: number): number[] =>
  values.map((_, other) => Number(other === axis));

/** The axis that an index goes along: its positions are int32, and kernels step over it by numbers with a sign. */
function countableAxis(
  kernel: string,
  axis: number,
  ...tensors: readonly (readonly number[])[]
): void {
  for (const shape of tensors) {
    // Nobody steps from the only position.
    const stride = shape[axis] === 1 ? 0 : memoryStrides(shape)[axis]!;
    requireCountable(kernel, { 'elements along the axis': shape[axis]! }, mostSigned);
    requireCountable(kernel, { 'elements between neighbours on the axis': stride }, mostSigned);
  }
}

export function gatherKernels(
  context: KernelContext,
  fill: Kernels['fill'],
): Pick<Kernels, 'gather' | 'scatter' | 'scatterAdd'> {
  /** One thread a line. */
  function addLines(
    source: Operand,
    axis: number,
    index: Operand,
    shape: readonly number[],
    result: CudaBuffer,
  ): void {
    const [own, strides] = [memoryStrides(index.shape), memoryStrides(shape)];
    const walk = walkOver(without(index.shape, axis, 1), [own, strides]);
    forEachPiece(walk, (piece, [from, to]) => {
      const count = lengthOf(piece);
      context.launch(
        `scatter_add_lines_${kernelType(source.dtype)}`,
        overElements(count),
        [
          partOf(memoryOf(source), source.dtype, from!),
          partOf(memoryOf(index), index.dtype, from!),
          partOf(result.memory, source.dtype, to!),
        ],
        [count, index.shape[axis]!, shape[axis]!, own[axis]!, strides[axis]!, ...walkWords(piece)],
      );
    });
  }

  /** One thread an element, in the order that sorts each line. */
  function addSorted(
    source: Operand,
    axis: number,
    index: Operand,
    shape: readonly number[],
    result: CudaBuffer,
  ): void {
    const order = context.scratch(bytesFor(index));
    sortPositions(context, index, axis, false, order);
    const [own, strides] = [memoryStrides(index.shape), memoryStrides(shape)];
    const walk = walkOver(index.shape, [
      without(own, axis, 0),
      only(own, axis),
      without(strides, axis, 0),
    ]);
    // Whole lines stay together: a walk is split along its outermost axes, and lines are walked from their start.
    forEachPiece(walk, (piece, [from, first, to]) => {
      if (first !== 0) {
        const elements = elementCount(index.shape);
        throw new KernelSizeError(
          'scatterAdd',
          'elements of an index in few lines',
          elements,
          mostSigned,
        );
      }
      const count = lengthOf(piece);
      context.launch(
        `scatter_add_sorted_${kernelType(source.dtype)}`,
        overElements(count),
        [
          partOf(memoryOf(source), source.dtype, from!),
          partOf(memoryOf(index), index.dtype, from!),
          partOf(order, 'int32', from!),
          partOf(result.memory, source.dtype, to!),
        ],
        [count, index.shape[axis]!, shape[axis]!, own[axis]!, strides[axis]!, ...walkWords(piece)],
      );
    });
  }

  return {
    gather(x, axis, index, out) {
      countableAxis('gather', axis, x.shape);
      const result = context.allocate(out);
      const [own, strides] = [memoryStrides(index.shape), memoryStrides(x.shape)];
      const walk = walkOver(index.shape, [own, without(strides, axis, 0)]);
      forEachPiece(walk, (piece, [at, from]) => {
        const count = lengthOf(piece);
        context.launch(
          `gather_${bytesOf[x.dtype]}`,
          overElements(count),
          [
            partOf(memoryOf(x), x.dtype, from!),
            partOf(memoryOf(index), index.dtype, at!),
            partOf(result.memory, x.dtype, at!),
          ],
          [
            count,
            x.shape[axis]!,
            strides[axis]!,
            missing[x.dtype] ?? 0,
            ...walkWords({ extents: piece.extents, strides: [piece.strides[1]!] }),
          ],
        );
      });
      return result;
    },

    scatter(x, axis, index, source, out) {
      countableAxis('scatter', axis, index.shape, out.shape);
      const result = context.allocate(out);
      context.copy(result.memory, memoryOf(x), bytesFor(out));
      const places = elementCount(out.shape);
      const last = context.scratch(4 * places);
      context.fill(last, 4, 0xffffffff, places);
      const [own, strides] = [memoryStrides(index.shape), memoryStrides(out.shape)];
      const walk = walkOver(index.shape, [own, without(strides, axis, 0), only(own, axis)]);
      for (const kernel of ['claim', bytesOf[x.dtype]]) {
        forEachPiece(walk, (piece, [at, to, first]) => {
          const count = lengthOf(piece);
          context.launch(
            `scatter_${kernel}`,
            overElements(count),
            [
              partOf(memoryOf(source), x.dtype, at!),
              partOf(memoryOf(index), index.dtype, at!),
              partOf(last, 'int32', to!),
              partOf(result.memory, x.dtype, to!),
            ],
            [
              count,
              out.shape[axis]!,
              strides[axis]!,
              first!,
              ...walkWords({ extents: piece.extents, strides: piece.strides.slice(1) }),
            ],
          );
        });
      }
      return result;
    },

    scatterAdd(source, axis, index, out) {
      countableAxis('scatterAdd', axis, index.shape, out.shape);
      const zeros = fill(out, 0) as CudaBuffer;
      if (elementCount(index.shape) === 0) return zeros;
      const add = index.shape[axis]! < longLine ? addLines : addSorted;
      add(source, axis, index, out.shape, zeros);
      return zeros;
    },
  };
}
