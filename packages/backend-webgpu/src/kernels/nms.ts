import type { Kernels } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink } from '../commands/command-sink.ts';
import { groupShader, workgroupSize } from '../shader.ts';
import { allocate } from './kernel-support.ts';

/**
 * One workgroup: boxes take their turn one after the other, and all invocations compare those behind. Parameters: 1, boxes,
 * spatial axes, threshold, whether there are labels.
 */
const suppression = groupShader(
  'nms',
  [
    { name: 'boxes', type: 'f32' },
    { name: 'order', type: 'i32' },
    { name: 'labels', type: 'i32' },
    { name: 'keep', type: 'i32', writes: true },
  ],
  `  let count = p[1];
  let dims = p[2];
  for (var b = lane; b < count; b += ${workgroupSize}) { keep[b] = 1; }
  storageBarrier();
  for (var a = 0; a < count; a++) {
    let best = order[a];
    if (inside && keep[best] != 0) {
      for (var b = a + 1 + lane; b < count; b += ${workgroupSize}) {
        let other = order[b];
        if (p[4] != 0 && labels[other] != labels[best]) { continue; }
        var own = 1.0;
        var its = 1.0;
        var shared_part = 1.0;
        for (var axis = 0; axis < dims; axis++) {
          let m = best * 2 * dims + axis;
          let n = other * 2 * dims + axis;
          own *= boxes[m + dims] - boxes[m];
          its *= boxes[n + dims] - boxes[n];
          shared_part *= max(min(boxes[m + dims], boxes[n + dims]) - max(boxes[m], boxes[n]), 0.0);
        }
        if (shared_part / (own + its - shared_part) > pf(3)) { keep[other] = 0; }
      }
    }
    storageBarrier();
  }`,
);

export function nmsKernels(sink: CommandSink): Pick<Kernels, 'nms'> {
  return {
    nms(boxes, order, labels, iouThreshold, out) {
      const result = allocate(sink, out);
      const [count, sides] = boxes.shape as [number, number];
      sink.dispatchGroups(
        suppression,
        [1, count, sides / 2, float(iouThreshold), Number(labels !== null)],
        [memoryOf(boxes), memoryOf(order), memoryOf(labels ?? order), result.memory],
        count === 0 ? 0 : 1,
      );
      return result;
    },
  };
}
