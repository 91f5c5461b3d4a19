import type { Kernels, Operand } from '../backend.ts';
import { IndexRangeError } from '../errors.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf, zerosFor } from './buffer.ts';
import { convert } from './elements.ts';

/**
 * Calls `visit` for every element of `index`, with its flat position and that of the element of a tensor
 * of `shape` that it names.
 */
function forEachIndexed(
  op: string,
  index: Operand,
  axis: number,
  shape: readonly number[],
  visit: (flat: number, named: number) => void,
): void {
  const chosen = valuesOf(index);
  const strides = contiguousStrides(shape);
  const extent = shape[axis]!;
  forEachPosition(index.shape, (position, flat) => {
    const at = chosen[flat]!;
    if (at < 0 || at >= extent) throw new IndexRangeError(op, at, axis, extent);
    visit(flat, dot(position, strides) + (at - position[axis]!) * strides[axis]!);
  });
}

export const movementKernels: Pick<Kernels, 'move' | 'gather' | 'scatterAdd' | 'scatter'> = {
  move(parts, out, fill) {
    const values = valuesFor(out).fill(convert(fill, out.dtype));
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
    forEachIndexed('gather', index, axis, x.shape, (flat, named) => {
      values[flat] = source[named]!;
    });
    return bufferOf(values);
  },

  scatterAdd(source, axis, index, out) {
    const values = zerosFor(out);
    const added = valuesOf(source);
    forEachIndexed('scatterAdd', index, axis, out.shape, (flat, named) => {
      values[named]! += added[flat]!;
    });
    return bufferOf(values);
  },

  scatter(x, axis, index, source, out) {
    const values = valuesOf(x).slice();
    const written = valuesOf(source);
    forEachIndexed('scatter', index, axis, out.shape, (flat, named) => {
      values[named] = written[flat]!;
    });
    return bufferOf(values);
  },
};
