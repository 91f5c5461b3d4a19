import { elementCount, type Kernels } from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { bytesFor, memoryOf } from '../cuda-buffer.ts';
import { collapse, memoryOrder, memoryStrides } from '../layout.ts';
import { copyAlong } from './move.ts';
import { fromRowMajor, isReordered, toRowMajor } from './reorder.ts';

export function reshapeKernels(context: KernelContext): Pick<Kernels, 'reshape'> {
  return {
    reshape(x, out) {
      if (liesAlike(x.shape, out.shape)) return context.share(memoryOf(x), bytesFor(out));
      const axes = commonAxes(x.shape, out.shape);
      // Where no axes are common to both, by way of the logical order.
      if (axes === null) return fromRowMajor(context, toRowMajor(context, x), out);
      const result = context.allocate(out);
      copyAlong(
        context,
        result.memory,
        memoryOf(x),
        x.dtype,
        collapse(axes.extents, [axes.to, axes.from]),
        [0, 0],
      );
      return result;
    },
  };
}

/** Whether the elements of two shapes stand in the same order in memory. */
function liesAlike(from: readonly number[], to: readonly number[]): boolean {
  const [isMoved, willMove] = [isReordered({ shape: from }), isReordered({ shape: to })];
  if (!isMoved && !willMove) return true;
  return isMoved && willMove && from[0] === to[0] && from[1] === to[1];
}

interface CommonAxes {
  /** From the outermost to the innermost in the memory of the second shape. */
  readonly extents: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * Axes that two shapes of the same elements can both be split into, with their strides in both: [6, 4] and [2, 12] have
 * [2, 3, 4]. null where there are none, as of [2, 3] and [3, 2].
 */
function commonAxes(from: readonly number[], to: readonly number[]): CommonAxes | null {
  if (elementCount(to) === 0) return null;
  const [fromStrides, toStrides] = [memoryStrides(from), memoryStrides(to)];
  const found: { extent: number; from: number; to: number; axis: number }[] = [];
  let [i, j] = [from.length - 1, to.length - 1];
  let [fromLeft, toLeft] = [from[i] ?? 1, to[j] ?? 1];
  let [fromStride, toStride] = [fromStrides[i] ?? 1, toStrides[j] ?? 1];
  while (i >= 0 && j >= 0) {
    const extent = Math.min(fromLeft, toLeft);
    if (fromLeft % extent !== 0 || toLeft % extent !== 0) return null;
    if (extent > 1) found.push({ extent, from: fromStride, to: toStride, axis: j });
    fromLeft /= extent;
    toLeft /= extent;
    fromStride *= extent;
    toStride *= extent;
    if (fromLeft === 1) {
      i--;
      [fromLeft, fromStride] = [from[i] ?? 1, fromStrides[i] ?? 1];
    }
    if (toLeft === 1) {
      j--;
      [toLeft, toStride] = [to[j] ?? 1, toStrides[j] ?? 1];
    }
  }
  const place = memoryOrder(to.length);
  // Of the parts of one axis the outer ones were found last.
  found.reverse();
  found.sort((a, b) => place.indexOf(a.axis) - place.indexOf(b.axis));
  return {
    extents: found.map(({ extent }) => extent),
    from: found.map((axis) => axis.from),
    to: found.map((axis) => axis.to),
  };
}
