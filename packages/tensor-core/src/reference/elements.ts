import type { Kernels, Operand } from '../backend.ts';
import { fromStored, isFloating } from '../dtype.ts';
import { float16Bits } from '../float16.ts';
import { pointwiseRows } from '../ops/pointwise-table.ts';
import { fillRandom } from '../random.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

/** Strides that stay where an axis repeats. */
function repeatingStrides(shape: readonly number[]): number[] {
  return contiguousStrides(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
}

/** Towards zero and around 2^32 for integers, as the typed array would; 0 or 1 for bool; bits for float16. */
export function convert(value: number, dtype: Operand['dtype']): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  if (dtype === 'float16') return float16Bits(value);
  return isFloating(dtype) ? value : Math.trunc(value);
}

export const elementKernels: Pick<
  Kernels,
  'fill' | 'reshape' | 'cast' | 'blend' | 'pointwise' | 'pointwiseChain' | 'random'
> = {
  fill(out, value) {
    return bufferOf(valuesFor(out).fill(convert(value, out.dtype)));
  },

  reshape(x) {
    return x.buffer;
  },

  cast(x, out) {
    const values = valuesFor(out);
    const source = fromStored(valuesOf(x));
    for (let i = 0; i < values.length; i++) values[i] = convert(source[i]!, out.dtype);
    return bufferOf(values);
  },

  blend(target, source, alpha, beta) {
    const values = valuesOf(target);
    const added = valuesOf(source);
    for (let i = 0; i < values.length; i++) {
      const own = beta * added[i]!;
      // Not 0 + own: a copied -0 stays one.
      values[i] = alpha === 0 ? own : alpha * values[i]! + own;
    }
  },

  pointwise(name, inputs, scalars, out) {
    const row = pointwiseRows[name]!;
    const integers = inputs.length > 0 && !isFloating(inputs[inputs.length - 1]!.dtype);
    const rule = integers ? (row.integer ?? row.forward) : row.forward;
    const values = valuesFor(out);
    const sources = inputs.map(valuesOf);
    const strides = inputs.map((input) => repeatingStrides(input.shape));
    const args = [...inputs.map(() => 0), ...scalars];
    forEachPosition(out.shape, (position, flat) => {
      for (let i = 0; i < sources.length; i++) args[i] = sources[i]![dot(position, strides[i]!)]!;
      values[flat] = rule(...args);
    });
    return bufferOf(values);
  },

  pointwiseChain(program, inputs, scalars, out) {
    const { rows, results } = program;
    const made = results.map(() => valuesFor(out));
    const sources = inputs.map(valuesOf);
    const strides = inputs.map((input) => repeatingStrides(input.shape));
    const round = out.dtype === 'float32' ? Math.fround : (value: number): number => value;
    let next = 0;
    const numbers = rows.map((row) => scalars.slice(next, (next += row.scalars)));
    const known: number[] = [];
    forEachPosition(out.shape, (position, flat) => {
      sources.forEach((source, i) => {
        known[i] = source[dot(position, strides[i]!)]!;
      });
      rows.forEach(({ name, operands }, row) => {
        const args = operands.map((operand) => known[operand]!);
        const value = pointwiseRows[name]!.forward(...args, ...numbers[row]!);
        known[inputs.length + row] = round(value);
      });
      results.forEach((row, i) => {
        made[i]![flat] = known[inputs.length + row]!;
      });
    });
    return made.map(bufferOf);
  },

  random(distribution, out, seed, offset) {
    const values = valuesFor(out) as Float32Array;
    fillRandom(values, distribution, seed, offset);
    return bufferOf(values);
  },
};
