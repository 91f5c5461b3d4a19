import type { Kernels } from '../backend.ts';
import { bufferOf, valuesOf } from './buffer.ts';

export const nmsKernels: Pick<Kernels, 'nms'> = {
  nms(boxes, order, labels, iouThreshold, _, suppress) {
    const named = labels === null ? null : valuesOf(labels);
    const corners = Float32Array.from(valuesOf(boxes));
    const dims = boxes.shape[1]! / 2;
    return bufferOf(suppress(corners, valuesOf(order), named, iouThreshold, dims));
  },
};
