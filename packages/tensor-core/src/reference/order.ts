import type { Kernels } from '../backend.ts';
import { bufferOf, forEachLine, valuesFor, valuesOf } from './buffer.ts';

/** Negative where a comes before b; NaN comes behind everything. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What depends on the order of the elements along an axis. */
export const orderKernels: Pick<Kernels, 'argsort' | 'cumsum'> = {
  argsort(x, axis, descending, out) {
    const source = valuesOf(x);
    const values = valuesFor(out);
    forEachLine(x.shape, axis, (at, extent) => {
      const value = (i: number): number => source[at(i)]!;
      const order = Array.from({ length: extent }, (_, i) => i).sort((a, b) =>
        descending ? compare(value(b), value(a)) : compare(value(a), value(b)),
      );
      order.forEach((position, i) => {
        values[at(i)] = position;
      });
    });
    return bufferOf(values);
  },

  cumsum(x, axis, out) {
    const source = valuesOf(x);
    const values = valuesFor(out);
    forEachLine(x.shape, axis, (at, extent) => {
      let total = 0;
      for (let i = 0; i < extent; i++) {
        total += source[at(i)]!;
        values[at(i)] = total;
      }
    });
    return bufferOf(values);
  },
};
