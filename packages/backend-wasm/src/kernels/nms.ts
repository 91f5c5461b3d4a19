import type { Kernels } from '@convnet/tensor-core';
import { addressIn, newBuffer } from '../layout.ts';
import type { Machine } from '../machine.ts';

/**
 * Suppression is a chain of decisions about a few thousand boxes, each of a handful of numbers: it runs on the host, over
 * the memory of the kernels.
 */
export function nmsKernels(machine: Machine): Pick<Kernels, 'nms'> {
  return {
    nms(boxes, order, labels, iouThreshold, out, suppress) {
      const [count, sides] = boxes.shape as [number, number];
      const buffer = newBuffer(machine, out, 'rows');
      const address = (x: Parameters<typeof addressIn>[1]): number =>
        addressIn(machine, x, 'rows') >>> 2;
      const [boxesAt, orderAt] = [address(boxes), address(order)];
      const labelsAt = labels === null ? 0 : address(labels);
      machine.settle();
      const { floats, words, bytes } = machine;
      const keep = suppress(
        floats.subarray(boxesAt, boxesAt + count * sides),
        words.subarray(orderAt, orderAt + count),
        labels === null ? null : words.subarray(labelsAt, labelsAt + count),
        iouThreshold,
        sides / 2,
      );
      bytes.set(keep, buffer.address >>> 0);
      machine.finish();
      return buffer;
    },
  };
}
