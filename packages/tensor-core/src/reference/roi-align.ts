import type { Kernels, Operand, RoiAlignKernelOptions } from '../backend.ts';
import { IndexRangeError } from '../errors.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, dot, forEachPosition, valuesFor, valuesOf, zerosFor } from './buffer.ts';

interface Tap {
  readonly index: number;
  readonly weight: number;
}

const f = Math.fround;

/**
 * What each bin of a region reads along one axis of `extent` elements. Coordinates are in single precision, so that all devices
 * agree where the number of samples jumps.
 */
function bins(
  low: number,
  high: number,
  count: number,
  extent: number,
  { spatialScale, samplingRatio, aligned }: RoiAlignKernelOptions,
): Tap[][] {
  const shift = aligned ? 0.5 : 0;
  const begin = f(f(f(low) * f(spatialScale)) - shift);
  const length = f(f(f(f(high) * f(spatialScale)) - shift) - begin);
  const whole = aligned ? length : Math.max(length, 1);
  const bin = f(whole / count);
  const samples = samplingRatio > 0 ? samplingRatio : Math.ceil(bin);
  return Array.from({ length: count }, (_, o) => {
    if (!Number.isFinite(begin) || !Number.isFinite(bin)) return [];
    const taps: Tap[] = [];
    for (let s = 0; s < samples; s++) {
      const position = f(f(begin + f(o * bin)) + f(f((s + 0.5) * bin) / samples));
      taps.push(...tapsAt(position, extent, 1 / samples));
    }
    return taps;
  });
}

/** The two neighbours of a position, the nearest one up to an element outside, none beyond. */
function tapsAt(position: number, extent: number, weight: number): Tap[] {
  if (position < -1 || position > extent) return [];
  const inside = Math.max(position, 0);
  const below = Math.floor(inside);
  if (below >= extent - 1) return [{ index: extent - 1, weight }];
  const share = inside - below;
  return [
    { index: below, weight: (1 - share) * weight },
    { index: below + 1, weight: share * weight },
  ];
}

/** Calls `visit` with the flat positions of each bin, and of each element of the features that it reads and how much it counts. */
function forEachTap(
  rois: Operand,
  features: readonly number[],
  pooled: readonly number[],
  options: RoiAlignKernelOptions,
  visit: (bin: number, element: number, weight: number) => void,
): void {
  const values = valuesOf(rois);
  const [batch, , ...extents] = features as [number, number, ...number[]];
  const dims = extents.length;
  const strides = contiguousStrides(features);
  const width = 1 + 2 * dims;
  const all = Array.from({ length: rois.shape[0]! }, (_, r) => {
    const at = r * width;
    const sample = values[at]!;
    if (!(sample >= 0 && sample < batch)) throw new IndexRangeError('roiAlign', sample, 0, batch);
    const axes = extents.map((extent, i) => {
      const column = at + dims - i;
      return bins(values[column]!, values[column + dims]!, pooled[i + 2]!, extent, options);
    });
    return { sample: Math.trunc(sample), axes };
  });
  forEachPosition(pooled, (position, flat) => {
    const { sample, axes } = all[position[0]!]!;
    let taps: Tap[] = [{ index: dot([sample, position[1]!], strides), weight: 1 }];
    axes.forEach((axis, i) => {
      const along = axis[position[i + 2]!]!;
      taps = taps.flatMap((outer) =>
        along.map(({ index, weight }) => ({
          index: outer.index + index * strides[i + 2]!,
          weight: outer.weight * weight,
        })),
      );
    });
    for (const { index, weight } of taps) visit(flat, index, weight);
  });
}

export const roiAlignKernels: Pick<Kernels, 'roiAlign' | 'roiAlignGrad'> = {
  roiAlign(x, rois, options, out) {
    const source = valuesOf(x);
    const totals = new Float64Array(zerosFor(out).length);
    forEachTap(rois, x.shape, out.shape, options, (bin, element, weight) => {
      totals[bin]! += weight * source[element]!;
    });
    const values = valuesFor(out);
    values.set(totals);
    return bufferOf(values);
  },

  roiAlignGrad(dy, rois, options, out) {
    const source = valuesOf(dy);
    const totals = new Float64Array(zerosFor(out).length);
    forEachTap(rois, out.shape, dy.shape, options, (bin, element, weight) => {
      totals[element]! += weight * source[bin]!;
    });
    const values = valuesFor(out);
    values.set(totals);
    return bufferOf(values);
  },
};
