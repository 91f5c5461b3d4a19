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
 * @param truths of each image [objects, numKeypoints, 3]: x, y, and whether it is visible
 */
export function keypointLoss(
  levels: readonly Tensor[],
  sampled: SampledRegions,
  truths: readonly Float32Array[],
  imageSizes: readonly (readonly number[])[],
  layers: KeypointLayers,
): Tensor {
  const objects = Array.from(sampled.labels.keys()).filter((i) => sampled.labels[i]! > 0);
  const regions = {
    boxes: selectBoxes(sampled.boxes, objects, 2),
    images: objects.map((i) => sampled.images[i]!),
  };
  const { maps, order } = keypointMaps(levels, regions, imageSizes, layers);
  const [, keypoints, side] = maps.shape as [number, number, number];
  const rows: number[] = [];
  const places: number[] = [];
  for (const [row, region] of order.entries()) {
    const [x1, y1, x2, y2] = regions.boxes.subarray(region * 4, region * 4 + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const truth = truths[regions.images[region]!]!;
    const first = sampled.matches[objects[region]!]! * keypoints * 3;
    for (let k = 0; k < keypoints; k++) {
      const [x, y, visible] = truth.subarray(first + k * 3, first + k * 3 + 3) as unknown as [
        number,
        number,
        number,
      ];
      const column = elementOf(x, x1, x2, side);
      const line = elementOf(y, y1, y2, side);
      if (!(visible > 0) || column < 0 || line < 0) continue;
      rows.push(row * keypoints + k);
      places.push(line * side + column);
    }
  }
  if (rows.length === 0) return mul(sum(maps), 0);
  const { device } = maps;
  const integers = (values: readonly number[]): Tensor =>
    tensor(Int32Array.from(values), [values.length], { device, dtype: 'int32' });
  const flat = reshape(maps, [order.length * keypoints, side * side]);
  return crossEntropy(indexSelect(flat, 0, integers(rows)), integers(places));
}

/** Keypoints of one region. */
export interface FoundKeypoints {
  /** Rows [x, y, 1]. */
  readonly points: Float32Array<ArrayBuffer>;
  /** The logit at each. */
  readonly scores: Float32Array<ArrayBuffer>;
}

/**
 * Where each map [numKeypoints, side, side] of a region is greatest, once it has been stretched over the region's whole pixels.
 * torchvision's heatmaps_to_keypoints. Reads from the device.
 */
export async function keypointsIn(map: Tensor, box: ArrayLike<number>): Promise<FoundKeypoints> {
  const keypoints = map.shape[0]!;
  const [width, height] = [0, 1].map((axis) => Math.max(f(box[axis + 2]! - box[axis]!), 1)) as [
    number,
    number,
  ];
  const size = [Math.ceil(height), Math.ceil(width)] as const;
  const whole = interpolate(reshape(map, [1, ...map.shape]), { size, mode: 'bicubic' });
  const values = (await whole.data()) as Float32Array;
  const points = new Float32Array(keypoints * 3);
  const scores = new Float32Array(keypoints);
  const count = size[0] * size[1];
  for (let k = 0; k < keypoints; k++) {
    let best = k * count;
    for (let i = best + 1; i < (k + 1) * count; i++) if (values[i]! > values[best]!) best = i;
    const place = best - k * count;
    points[k * 3] = ((place % size[1]) + 0.5) * f(width / size[1]) + box[0]!;
    points[k * 3 + 1] = (Math.floor(place / size[1]) + 0.5) * f(height / size[0]) + box[1]!;
    points[k * 3 + 2] = 1;
    scores[k] = values[best]!;
  }
  return { points, scores };
}
