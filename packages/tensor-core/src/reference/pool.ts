import type { Kernels, PoolAxis } from '../backend.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf, zerosFor } from './buffer.ts';

/** Flat spatial positions of one window, and what a mean over it divides by. */
function windowAt(
  axes: readonly PoolAxis[],
  strides: readonly number[],
  output: readonly number[],
): { positions: number[]; divisor: number } {
  let positions = [0];
  let divisor = 1;
  axes.forEach((axis, i) => {
    const o = output[i]!;
    divisor *= axis.count[o]!;
    const along: number[] = [];
    for (let p = axis.start[o]!; p < axis.end[o]!; p += axis.step) along.push(p * strides[i]!);
    positions = positions.flatMap((base) => along.map((offset) => base + offset));
  });
  return { positions, divisor };
}

/** Calls `visit` for every output with its window and the flat position where its input plane begins. */
function forEachWindow(
  input: readonly number[],
  output: readonly number[],
  axes: readonly PoolAxis[],
  visit: (flat: number, plane: number, window: { positions: number[]; divisor: number }) => void,
): void {
  const strides = contiguousStrides(input);
  forEachPosition(output, (position, flat) => {
    const plane = dot(position.slice(0, 2), strides);
    visit(flat, plane, windowAt(axes, strides.slice(2), position.slice(2)));
  });
}

export const poolKernels: Pick<Kernels, 'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'> = {
  maxPool(x, axes, out, returnIndices) {
    const source = valuesOf(x);
    const values = valuesFor(out);
    const indices = valuesFor({ shape: out.shape, dtype: 'int32' });
    forEachWindow(x.shape, out.shape, axes, (flat, plane, { positions }) => {
      let best = positions[0]!;
      for (const p of positions) {
        const value = source[plane + p]!;
        if (value > source[plane + best]! || Number.isNaN(value)) best = p;
      }
      values[flat] = source[plane + best]!;
      indices[flat] = best;
    });
    return returnIndices ? [bufferOf(values), bufferOf(indices)] : [bufferOf(values)];
  },

  maxPoolGrad(dy, indices, _, out) {
    const values = zerosFor(out);
    const gradients = valuesOf(dy);
    const places = valuesOf(indices);
    const strides = contiguousStrides(out.shape);
    forEachPosition(dy.shape, (position, flat) => {
      values[dot(position.slice(0, 2), strides) + places[flat]!]! += gradients[flat]!;
    });
    return bufferOf(values);
  },

  avgPool(x, axes, out) {
    const source = valuesOf(x);
    const values = valuesFor(out);
    forEachWindow(x.shape, out.shape, axes, (flat, plane, { positions, divisor }) => {
      let total = 0;
      for (const p of positions) total += source[plane + p]!;
      values[flat] = total / divisor;
    });
    return bufferOf(values);
  },

  avgPoolGrad(dy, axes, out) {
    const values = zerosFor(out);
    const gradients = valuesOf(dy);
    forEachWindow(out.shape, dy.shape, axes, (flat, plane, { positions, divisor }) => {
      for (const p of positions) values[plane + p]! += gradients[flat]! / divisor;
    });
    return bufferOf(values);
  },
};
