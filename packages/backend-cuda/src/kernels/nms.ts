import type { Kernels } from '@convnet/tensor-core';

import { float, type KernelContext } from '../commands/kernel-context.ts';
import { memoryOf } from '../cuda-buffer.ts';
import { blockThreads, overBlocks, overElements } from './launching.ts';

/** Boxes whose overlaps with all others are held at once. */
const mostRows = 4096;

export function nmsKernels(context: KernelContext): Pick<Kernels, 'nms'> {
  return {
    nms(boxes, order, labels, iouThreshold, out) {
      const result = context.allocate(out);
      const [count, sides] = boxes.shape as [number, number];
      if (count === 0) return result;
      const words = Math.ceil(count / 32);
      const removed = context.scratch(4 * words);
      const overlaps = context.scratch(4 * words * Math.min(count, mostRows));
      context.fill(removed, 4, 0, words);
      for (let first = 0; first < count; first += mostRows) {
        const rows = Math.min(count - first, mostRows);
        context.launch(
          'nms_overlaps',
          overElements(rows * words),
          [memoryOf(boxes), memoryOf(order), labels === null ? null : memoryOf(labels), overlaps],
          [count, sides / 2, words, first, rows, float(iouThreshold)],
        );
        context.launch(
          'nms_scan',
          overBlocks(1, Math.min(Math.ceil(words / 32) * 32, blockThreads)),
          [overlaps, removed],
          [words, first, rows],
        );
      }
      context.launch(
        'nms_keep',
        overElements(count),
        [removed, memoryOf(order), result.memory],
        [count],
      );
      return result;
    },
  };
}
