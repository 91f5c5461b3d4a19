import type { Kernels } from '../backend.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

export const movementKernels: Pick<Kernels, 'move' | 'gather' | 'scatterAdd'> = {
  move(parts, out, fill) {
    const values = valuesFor(out).fill(fill);
    const outStrides = contiguousStrides(out.shape);
    for (const part of parts) {
      const source = valuesOf(part.source);
      const strides = contiguousStrides(part.source.shape);
      let fixed = 0;
      for (const [axis, position] of Object.entries(part.at))
        fixed += position * strides[Number(axis)]!;
      forEachPosition(part.size, (position) => {
        let to = 0;
        let from = fixed;
        for (let axis = 0; axis < position.length; axis++) {
          const p = position[axis]!;
          to += (part.to[axis]! + p * part.toStep[axis]!) * outStrides[axis]!;
          const walked = part.axis[axis]!;
          if (walked >= 0) {
            from += (part.from[axis]! + p * part.fromStep[axis]!) * strides[walked]!;
          }
        }
        values[to] = source[from]!;
      });
    }
    return bufferOf(values);
  },

  gather(x, axis, index, out) {
    const values = valuesFor(out);
    const source = valuesOf(x);
    const chosen = valuesOf(index);
    const strides = contiguousStrides(x.shape);
    forEachPosition(out.shape, (position, flat) => {
      values[flat] =
        source[dot(position, strides) + (chosen[flat]! - position[axis]!) * strides[axis]!]!;
    });
    return bufferOf(values);
  },

  scatterAdd(source, axis, index, out) {
    const values = valuesFor(out);
    const added = valuesOf(source);
    const chosen = valuesOf(index);
    const strides = contiguousStrides(out.shape);
    forEachPosition(source.shape, (position, flat) => {
      values[dot(position, strides) + (chosen[flat]! - position[axis]!) * strides[axis]!]! +=
        added[flat]!;
    });
    return bufferOf(values);
  },
};
