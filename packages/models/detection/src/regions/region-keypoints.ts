import {
  crossEntropy,
  indexSelect,
  interpolate,
  mul,
  reshape,
  sum,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';

import { selectBoxes } from '../boxes/boxes.ts';
import type { KeypointLayers } from './keypoint-head.ts';
import type { SampledRegions } from './region-heads.ts';
import { poolRegions, type Regions } from './region-pool.ts';

/** How regions are pooled for their keypoints. */
const keypointPool = { size: 14, samplingRatio: 2 };

const f = Math.fround;

/** Maps of regions [K, numKeypoints, side, side], row by row as `order` says. */
export function keypointMaps(
  levels: readonly Tensor[],
  regions: Regions,
  imageSizes: readonly (readonly number[])[],
  { head, predictor }: KeypointLayers,
): { maps: Tensor; order: Int32Array<ArrayBuffer> } {
  const { pooled, order } = poolRegions(levels, regions, imageSizes, keypointPool);
  return { maps: predictor.forward(head.forward(pooled)), order };
}

/** The element of a line of `count` that a coordinate lies in, or -1 outside; the greatest coordinate belongs to the last. */
function elementOf(value: number, low: number, high: number, count: number): number {
  if (value === high) return count - 1;
  const at = Math.floor(f(f(value - low) * f(count / f(high - low))));
  return at >= 0 && at < count ? at : -1;
}

/**
 * Mean cross-entropy of the visible keypoints of the sampled objects over all places of their maps; those outside the region do
 * not count. He et al., "Mask R-CNN", ICCV 2017, section 5.
 * @param truths of each image [objects, numKeypoints, dims + 1]: x, y (signals: x), and whether it is visible
 */
export function keypointLoss(
  levels: readonly Tensor[],
  sampled: SampledRegions,
  truths: readonly Float32Array[],
  imageSizes: readonly (readonly number[])[],
  layers: KeypointLayers,
): Tensor {
  const dims = levels[0]!.rank - 2;
  const [width, rowLength] = [2 * dims, dims + 1];
  const objects = Array.from(sampled.labels.keys()).filter((i) => sampled.labels[i]! > 0);
  const regions = {
    boxes: selectBoxes(sampled.boxes, objects, dims),
    images: objects.map((i) => sampled.images[i]!),
  };
  const { maps, order } = keypointMaps(levels, regions, imageSizes, layers);
  const [, keypoints, side] = maps.shape as [number, number, number];
  const rows: number[] = [];
  const places: number[] = [];
  for (const [row, region] of order.entries()) {
    const box = regions.boxes.subarray(region * width, (region + 1) * width);
    const truth = truths[regions.images[region]!]!;
    const first = sampled.matches[objects[region]!]! * keypoints * rowLength;
    for (let k = 0; k < keypoints; k++) {
      const point = truth.subarray(first + k * rowLength, first + (k + 1) * rowLength);
      if (!(point[dims]! > 0)) continue;
      let place = 0;
      // Lines before columns: the last axis comes first in places.
      for (let axis = dims - 1; axis >= 0; axis--) {
        const at = elementOf(point[axis]!, box[axis]!, box[axis + dims]!, side);
        place = at < 0 ? Number.NaN : place * side + at;
      }
      if (Number.isNaN(place)) continue;
      rows.push(row * keypoints + k);
      places.push(place);
    }
  }
  if (rows.length === 0) return mul(sum(maps), 0);
  const { device } = maps;
  const integers = (values: readonly number[]): Tensor =>
    tensor(Int32Array.from(values), [values.length], { device, dtype: 'int32' });
  const flat = reshape(maps, [order.length * keypoints, side ** dims]);
  return crossEntropy(indexSelect(flat, 0, integers(rows)), integers(places));
}

/** Keypoints of one region. */
export interface FoundKeypoints {
  /** Rows [x, y, 1], or [x, 1]. */
  readonly points: Float32Array<ArrayBuffer>;
  /** The logit at each. */
  readonly scores: Float32Array<ArrayBuffer>;
}

/**
 * Where each map [numKeypoints, side, side] of a region is greatest, once it has been stretched over the region's whole pixels.
 * torchvision's heatmaps_to_keypoints; a signal, whose maps are [numKeypoints, side], counts as one row. Reads from the device.
 */
export async function keypointsIn(map: Tensor, box: ArrayLike<number>): Promise<FoundKeypoints> {
  const [keypoints, ...sides] = map.shape as [number, ...number[]];
  const dims = sides.length;
  const lengths = sides.map((_, axis) => Math.max(f(box[axis + dims]! - box[axis]!), 1));
  const [width, height = 1] = lengths as [number, number?];
  const size = [Math.ceil(height), Math.ceil(width)] as const;
  const image = [1, keypoints, ...(dims === 1 ? [1] : []), ...sides];
  const whole = interpolate(reshape(map, image), { size, mode: 'bicubic' });
  const values = (await whole.data()) as Float32Array;
  const points = new Float32Array(keypoints * (dims + 1));
  const scores = new Float32Array(keypoints);
  const count = size[0] * size[1];
  for (let k = 0; k < keypoints; k++) {
    let best = k * count;
    for (let i = best + 1; i < (k + 1) * count; i++) if (values[i]! > values[best]!) best = i;
    const place = best - k * count;
    const at = [place % size[1], Math.floor(place / size[1])];
    const row = lengths.map(
      (length, axis) => (at[axis]! + 0.5) * f(length / size[1 - axis]!) + box[axis]!,
    );
    points.set([...row, 1], k * (dims + 1));
    scores[k] = values[best]!;
  }
  return { points, scores };
}
