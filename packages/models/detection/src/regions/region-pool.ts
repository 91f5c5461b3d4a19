import { concat, roiAlign, tensor, type Tensor } from '@convnet/tensor-core';

import { boxSizes } from '../boxes/boxes.ts';

/** Boxes of several images in one list. */
export interface Regions {
  /** [K, 2d], in pixels of the images that the features were made of. */
  readonly boxes: Float32Array;
  /** [K]: the image of each. */
  readonly images: ArrayLike<number>;
}

export interface RegionPoolOptions {
  /** Bins along each axis. */
  readonly size: number;
  /** Samples along each axis of a bin; 0: adaptive. */
  readonly samplingRatio: number;
}

const f = Math.fround;

/** The side of a region that belongs to level 4 of a pyramid, whose elements are 16 pixels apart. */
const canonicalSide = 224;
const canonicalLevel = 4;

/**
 * Pools regions from the level of a pyramid that fits their size (Lin et al., "Feature Pyramid Networks", equation 1).
 * Regions of one level follow each other in the result: `order` has the number of the region in each row.
 * torchvision.ops.MultiScaleRoIAlign.
 * @param imageSizes spatial extents of the images, without padding
 */
export function poolRegions(
  levels: readonly Tensor[],
  regions: Regions,
  imageSizes: readonly (readonly number[])[],
  { size, samplingRatio }: RegionPoolOptions,
): { pooled: Tensor; order: Int32Array<ArrayBuffer> } {
  const [first] = levels as [Tensor];
  const dims = first.rank - 2;
  // Of the first axis, as torchvision takes it.
  const extent = Math.max(...imageSizes.map((imageSize) => imageSize[0]!));
  const scales = levels.map((level) => 2 ** Math.round(Math.log2(level.shape[2]! / extent)));
  const places = levelsOf(regions.boxes, scales, dims);
  const order = Int32Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b);
  const width = 1 + 2 * dims;
  const rows = new Float32Array(order.length * width);
  order.forEach((region, row) => {
    rows[row * width] = regions.images[region]!;
    for (let k = 0; k < 2 * dims; k++) {
      rows[row * width + 1 + k] = regions.boxes[region * 2 * dims + k]!;
    }
  });
  const { device } = first;
  let begin = 0;
  const parts = levels.flatMap((level, i) => {
    const count = places.filter((place) => place === i).length;
    if (count === 0 && !(order.length === 0 && i === 0)) return [];
    const own = rows.subarray(begin * width, (begin + count) * width);
    begin += count;
    const rois = tensor(own, [count, width], { device });
    return [roiAlign(level, rois, size, { spatialScale: scales[i]!, samplingRatio })];
  });
  return { pooled: parts.length === 1 ? parts[0]! : concat(parts, 0), order };
}

/** The level of each box. */
function levelsOf(boxes: Float32Array, scales: readonly number[], dims: number): Uint8Array {
  const lowest = -Math.log2(scales[0]!);
  const highest = -Math.log2(scales[scales.length - 1]!);
  return Uint8Array.from(boxSizes(boxes, dims), (size) => {
    const side = f(size ** (1 / dims));
    const level = Math.floor(
      f(f(canonicalLevel + f(Math.log2(f(side / canonicalSide)))) + f(1e-6)),
    );
    return Math.min(Math.max(level, lowest), highest) - lowest;
  });
}
