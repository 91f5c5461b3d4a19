import type { Kernels } from '../backend.ts';
import { contiguousStrides } from '../shape.ts';
import { withEpilogue } from './epilogue.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

/** Strides over the output's axes (the last one dropped for `a`, the last but one for `b`). */
function factorStrides(
  shape: readonly number[],
  transposed: boolean,
): {
  readonly batch: number[];
  readonly row: number;
  readonly column: number;
} {
  const strides = contiguousStrides(shape);
  const rank = shape.length;
  const row = strides[rank - 2]!;
  const column = strides[rank - 1]!;
  return {
    batch: strides.slice(0, -2).map((stride, axis) => (shape[axis] === 1 ? 0 : stride)),
    row: transposed ? column : row,
    column: transposed ? row : column,
  };
}

export const matmulKernels: Pick<Kernels, 'matmul' | 'fusedMatmul'> = {
  fusedMatmul(a, b, bias, transpose, epilogue, out) {
    return withEpilogue(this.matmul(a, b, bias, transpose, out), epilogue, out);
  },

  matmul(a, b, bias, transpose, out) {
    const left = valuesOf(a);
    const right = valuesOf(b);
    const added = bias && valuesOf(bias);
    const values = valuesFor(out);
    const inner = a.shape[a.shape.length - (transpose.a ? 2 : 1)]!;
    const leftStrides = factorStrides(a.shape, transpose.a);
    const rightStrides = factorStrides(b.shape, transpose.b);
    const rank = out.shape.length;
    forEachPosition(out.shape, (position, flat) => {
      const batch = position.slice(0, -2);
      const m = position[rank - 2]!;
      const n = position[rank - 1]!;
      const leftBase = dot(batch, leftStrides.batch) + m * leftStrides.row;
      const rightBase = dot(batch, rightStrides.batch) + n * rightStrides.column;
      let total = added ? added[n]! : 0;
      for (let k = 0; k < inner; k++) {
        total +=
          left[leftBase + k * leftStrides.column]! * right[rightBase + k * rightStrides.row]!;
      }
      values[flat] = total;
    });
    return bufferOf(values);
  },
};
