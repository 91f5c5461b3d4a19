import * as ops from '@convnet/tensor-core/ops';
import { fixed, integers, uniform, type Input } from '../inputs.ts';
import type { Choices } from './choices.ts';
import { nearly, numbers, type Sketchers } from './sketch.ts';

/** Regions [K, 1 + 2d] of inputs that exist, mostly within and around extents of up to 9. */
function regions(count: number, dims: number, inputs: number): Input {
  const sides = 1 + 2 * dims;
  return {
    shape: [count, sides],
    dtype: 'float32',
    grad: false,
    value: (u, i) => (i % sides === 0 ? Math.floor(u * Math.max(inputs, 1)) : u * 12 - 2),
  };
}

/** Corners at multiples of 1/4, so that overlaps are exact on every device. */
function boxes(c: Choices, count: number, dims: number): Input {
  const step = c.integer(1, 7);
  const value = (u: number, i: number): number => {
    const side = i % (2 * dims);
    const place = ((Math.floor(i / (2 * dims)) * step + (side % dims)) % 11) / 2;
    return side < dims ? place : place + Math.floor(u * 20) / 4;
  };
  return { shape: [count, 2 * dims], dtype: 'float32', grad: false, value };
}

export const regionSketches: Sketchers = {
  roiAlign: (c) => {
    const dims = c.once(15) ? 3 : c.integer(1, 2);
    const inputs = c.once(12) ? 0 : c.integer(1, 2);
    const shape = [inputs, c.integer(1, 3), ...c.list(dims, () => c.integer(1, 7))];
    const count = inputs === 0 || c.once(10) ? 0 : c.integer(1, 4);
    const size = c.perAxis(dims, [1, 2, 3]);
    const options = c.some({
      spatialScale: c.pick([1, 0.5, 0.25]),
      samplingRatio: c.option([0, 1, 2]),
      aligned: c.once(2),
    });
    return {
      inputs: [numbers(c, shape), regions(count, c.once(20) ? dims + 1 : dims, inputs)],
      body: (x, rois) => ops.roiAlign(x, rois, size, options),
    };
  },
  nms: (c) => {
    const dims = c.integer(1, 3);
    const count = c.once(10) ? 0 : c.integer(1, 20);
    const labelled = c.once(2);
    const options = c.some({
      iouThreshold: c.once(15) ? c.option([2]) : c.pick([0.11, 0.37, 0.83]),
    });
    return {
      inputs: [
        boxes(c, count, dims),
        fixed(uniform(nearly(c, [count]))),
        ...(labelled ? [integers(nearly(c, [count]), 0, 2)] : []),
      ],
      body: (x, scores, labels) =>
        ops.nms(x, scores, labels === undefined ? options : { ...options, labels }),
    };
  },
};
