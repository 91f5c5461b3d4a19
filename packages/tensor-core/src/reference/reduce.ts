import type { Kernels, ReduceName } from '../backend.ts';
import { isFloating } from '../dtype.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachLine, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

/** How a value joins what has been reduced so far; `position` is the place on the reduced axis. */
interface Reducer {
  readonly start: number;
  join(total: number, value: number): number;
}

const reducers: Readonly<Record<Exclude<ReduceName, 'argmax' | 'argmin'>, Reducer>> = {
  sum: { start: 0, join: (total, value) => total + value },
  mean: { start: 0, join: (total, value) => total + value },
  prod: { start: 1, join: (total, value) => total * value },
  max: { start: -Infinity, join: Math.max },
  min: { start: Infinity, join: Math.min },
};

export const reduceKernels: Pick<Kernels, 'reduce' | 'softmax' | 'softmaxGrad'> = {
  reduce(name, x, axes, out) {
    const source = valuesOf(x);
    const values = valuesFor(out);
    const strides = contiguousStrides(x.shape);
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const keptStrides = kept.map((axis) => strides[axis]!);
    const reducedShape = axes.map((axis) => x.shape[axis]!);
    const reducedStrides = axes.map((axis) => strides[axis]!);
    forEachPosition(out.shape, (position, flat) => {
      const base = dot(position, keptStrides);
      const read = (reduced: readonly number[]): number =>
        source[base + dot(reduced, reducedStrides)]!;
      if (name === 'argmax' || name === 'argmin') {
        values[flat] = extremePosition(name, reducedShape[0]!, (i) => read([i]));
        return;
      }
      const join = name === 'prod' && !isFloating(x.dtype) ? Math.imul : reducers[name].join;
      let total = reducers[name].start;
      let count = 0;
      forEachPosition(reducedShape, (reduced) => {
        total = join(total, read(reduced));
        count++;
      });
      values[flat] = name === 'mean' ? total / count : total;
    });
    return bufferOf(values);
  },

  softmax(x, axis, log) {
    const source = valuesOf(x);
    const values = valuesFor(x);
    forEachLine(x.shape, axis, (at, extent) => {
      let greatest = -Infinity;
      for (let i = 0; i < extent; i++) greatest = Math.max(greatest, source[at(i)]!);
      let total = 0;
      for (let i = 0; i < extent; i++) total += Math.exp(source[at(i)]! - greatest);
      for (let i = 0; i < extent; i++) {
        const shifted = source[at(i)]! - greatest;
        values[at(i)] = log ? shifted - Math.log(total) : Math.exp(shifted) / total;
      }
    });
    return bufferOf(values);
  },

  softmaxGrad(y, dy, axis, log) {
    const outputs = valuesOf(y);
    const gradients = valuesOf(dy);
    const values = valuesFor(y);
    forEachLine(y.shape, axis, (at, extent) => {
      let total = 0;
      for (let i = 0; i < extent; i++) {
        total += log ? gradients[at(i)]! : gradients[at(i)]! * outputs[at(i)]!;
      }
      for (let i = 0; i < extent; i++) {
        values[at(i)] = log
          ? gradients[at(i)]! - Math.exp(outputs[at(i)]!) * total
          : outputs[at(i)]! * (gradients[at(i)]! - total);
      }
    });
    return bufferOf(values);
  },
};

/** First position of the greatest or least value; the first NaN where there is one. */
function extremePosition(
  name: 'argmax' | 'argmin',
  extent: number,
  read: (i: number) => number,
): number {
  let best = 0;
  for (let i = 0; i < extent; i++) {
    const value = read(i);
    if (Number.isNaN(value)) return i;
    if (name === 'argmax' ? value > read(best) : value < read(best)) best = i;
  }
  return best;
}
