import { ArgumentError, formatValue } from '@convnet/tensor-core';

import type { Overlaps } from './class-images.ts';
import { sizedBoxes, type Truth } from './truth.ts';

/**
 * Of each object rows [x, y, visible] ([x, visible] in signals), as lists or all numbers behind each other, as `detect` gives them.
 */
export type Keypoints =
  | readonly (readonly (readonly number[])[])[]
  | readonly (readonly number[])[]
  | ArrayLike<number>;

/** What was found in an image, as the `detect` of Keypoint R-CNN gives it. */
export interface ScoredKeypoints {
  readonly keypoints: Keypoints;
  readonly labels: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** What is in an image, to measure keypoints by; visible is what has a third number above 0. */
export interface KeypointTruth extends Omit<Truth, 'difficult' | 'masks'> {
  readonly keypoints: Keypoints;
}

/** The keypoints of all objects of an image: [objects, points, dims + 1]. */
export type FlatKeypoints = Float64Array;

/** @throws ArgumentError for another number of numbers than `count` objects have. */
export function flatKeypoints(
  where: string,
  keypoints: Keypoints,
  count: number,
  points: number,
  dims: number,
): FlatKeypoints {
  if (typeof keypoints !== 'object' || keypoints === null) {
    throw new ArgumentError(`${where}: expected keypoints, got ${formatValue(keypoints)}`);
  }
  const flat = Array.from<unknown>(keypoints as ArrayLike<unknown>).flat(2);
  const row = dims + 1;
  if (flat.length !== count * points * row || !flat.every(Number.isFinite)) {
    throw new ArgumentError(
      `${where}: expected ${points} keypoints of ${row} finite numbers for each of ${count} objects, got ${flat.length} numbers`,
    );
  }
  return Float64Array.from(flat as number[]);
}

/** Whether some keypoint of an object is visible. */
export function hasVisible(
  keypoints: FlatKeypoints,
  object: number,
  points: number,
  dims: number,
): boolean {
  const row = dims + 1;
  for (let k = 0; k < points; k++) {
    if (keypoints[(object * points + k) * row + dims]! > 0) return true;
  }
  return false;
}

/**
 * Compares keypoints by COCO's object keypoint similarity: the mean over visible points of exp(-d² / (2 s² (2σ)²)), where s² is the
 * area of the object (the square of its length in signals) and σ how far people differ at this point. Where none is visible, d is
 * the distance to the box, grown by its sides.
 */
export function keypointSimilarity(
  where: string,
  found: readonly FlatKeypoints[],
  wanted: readonly FlatKeypoints[],
  truths: readonly KeypointTruth[],
  sigmas: readonly number[],
  dims: 1 | 2,
): Overlaps {
  const [points, row] = [sigmas.length, dims + 1];
  const variances = sigmas.map((sigma) => (sigma * 2) ** 2);
  return (image, foundHere, wantedHere) => {
    const own = found[image]!;
    const truth = wanted[image]!;
    const boxes = sizedBoxes(`${where}: truths of image ${image}`, truths[image]!.boxes, dims);
    const areas = wantedHere.map((i) => truths[image]!.areas?.[i] ?? boxes.sizes[i]!);
    const similarity = (d: number, g: number, area: number): number => {
      const anyVisible = hasVisible(truth, g, points, dims);
      const scale = dims === 1 ? area ** 2 : area;
      let [total, counted] = [0, 0];
      for (let k = 0; k < points; k++) {
        const [a, b] = [(d * points + k) * row, (g * points + k) * row];
        if (anyVisible && !(truth[b + dims]! > 0)) continue;
        let squared = 0;
        for (let axis = 0; axis < dims; axis++) {
          const low = boxes.lows[g * dims + axis]!;
          const side = boxes.sides[g * dims + axis]!;
          const at = own[a + axis]!;
          const distance = anyVisible
            ? at - truth[b + axis]!
            : Math.max(0, low - side - at) + Math.max(0, at - (low + side * 2));
          squared += distance ** 2;
        }
        total += Math.exp(-(squared / variances[k]! / (scale + Number.EPSILON) / 2));
        counted++;
      }
      return total / counted;
    };
    return {
      ious: Float64Array.from(
        foundHere.flatMap((d) => wantedHere.map((g, i) => similarity(d, g, areas[i]!))),
      ),
      foundAreas: foundHere.map((d) => extent(own, d, points, dims)),
      wantedAreas: areas,
    };
  };
}

/** Area of the least box around all keypoints of an object. */
function extent(keypoints: FlatKeypoints, object: number, points: number, dims: number): number {
  let area = 1;
  for (let axis = 0; axis < dims; axis++) {
    const places = Array.from(
      { length: points },
      (_, k) => keypoints[(object * points + k) * (dims + 1) + axis]!,
    );
    area *= Math.max(...places) - Math.min(...places);
  }
  return area;
}
