import type { Kernels } from '../backend.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

interface Tap {
  readonly offset: number;
  readonly weight: number;
}

export const resampleKernels: Pick<Kernels, 'resample'> = {
  resample(x, axes, out) {
    const source = valuesOf(x);
    const values = valuesFor(out);
    const strides = contiguousStrides(x.shape);
    forEachPosition(out.shape, (position, flat) => {
      let taps: Tap[] = [{ offset: dot(position.slice(0, 2), strides), weight: 1 }];
      axes.forEach(({ first, index, weight }, i) => {
        const along: Tap[] = [];
        for (let t = first[position[i + 2]!]!; t < first[position[i + 2]! + 1]!; t++) {
          along.push({ offset: index[t]! * strides[i + 2]!, weight: weight[t]! });
        }
        taps = taps.flatMap((outer) =>
          along.map((inner) => ({
            offset: outer.offset + inner.offset,
            weight: outer.weight * inner.weight,
          })),
        );
      });
      let total = 0;
      for (const { offset, weight } of taps) total += weight * source[offset]!;
      values[flat] = total;
    });
    return bufferOf(values);
  },
};
