import type { Rle } from '@convnet/data/detection';
import {
  anObject,
  anyNumbers,
  ArgumentError,
  either,
  listOf,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';

/**
 * Where an object is: [H, W] of the image, row by row ([L] of signals), or what gives it, as the masks that Mask R-CNN finds; or
 * COCO's run lengths. Inside is what is greater than 0.5.
 */
export type Mask =
  | ArrayLike<number>
  | {
      /** [H, W] of the image, row by row, or [L] of the signal. */
      full(): ArrayLike<number>;
    }
  | Rle;

/** What was found in an image, as `detect` gives it. */
export interface ScoredBoxes {
  /** Rows [x1, y1, x2, y2] ([begin, end] in signals), one behind the other. */
  readonly boxes: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  /** Of each, where masks are measured. */
  readonly masks?: readonly Mask[];
}

/** What is in an image, to measure detections by. */
export interface Truth {
  /** Rows [x1, y1, x2, y2] ([begin, end] in signals), or all rows in one typed array. */
  readonly boxes: readonly (readonly number[])[] | ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  /** 1 for a box around a crowd: detections in it count neither for nor against. Default: none. */
  readonly crowd?: ArrayLike<number>;
  /** What a box counts as when areas are told apart, such as the area of its mask. Default: its own area, or that of its mask where masks are measured. */
  readonly areas?: ArrayLike<number>;
  /** 1 for an object that need not be found (VOC). Default: none. */
  readonly difficult?: ArrayLike<number>;
  /** Of each, where masks are measured. */
  readonly masks?: readonly Mask[];
}

/** Boxes of one image in double precision, each a least corner, sides, and a size. */
export interface SizedBoxes {
  readonly count: number;
  /** [count, dims]. */
  readonly lows: Float64Array;
  readonly sides: Float64Array;
  /** Length or area of each. */
  readonly sizes: Float64Array;
}

/** The numbers of all rows. */
export function flatRows(boxes: Truth['boxes']): number[] {
  return Array.from<number | readonly number[]>(boxes).flat();
}

/** @throws ArgumentError for numbers that are no rows of `2 dims`. */
export function sizedBoxes(where: string, boxes: Truth['boxes'], dims: number): SizedBoxes {
  const rows = flatRows(boxes);
  const width = 2 * dims;
  if (rows.length % width !== 0 || !rows.every((value) => Number.isFinite(value))) {
    throw new ArgumentError(`${where}: expected ${width} finite numbers for each box`);
  }
  const count = rows.length / width;
  const lows = new Float64Array(count * dims);
  const sides = new Float64Array(count * dims);
  const sizes = new Float64Array(count).fill(1);
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < dims; axis++) {
      const low = rows[i * width + axis]!;
      const side = rows[i * width + dims + axis]! - low;
      lows[i * dims + axis] = low;
      sides[i * dims + axis] = side;
      sizes[i]! *= side;
    }
  }
  return { count, lows, sides, sizes };
}

/** What boxes `i` of `a` and `j` of `b` have in common. */
export function commonSize(
  a: SizedBoxes,
  i: number,
  b: SizedBoxes,
  j: number,
  dims: number,
): number {
  let size = 1;
  for (let axis = 0; axis < dims; axis++) {
    const [p, q] = [i * dims + axis, j * dims + axis];
    const high = Math.min(a.sides[p]! + a.lows[p]!, b.sides[q]! + b.lows[q]!);
    const side = high - Math.max(a.lows[p]!, b.lows[q]!);
    if (side <= 0) return 0;
    size *= side;
  }
  return size;
}

const someBoxes: Kind = either(anyNumbers, listOf(anyNumbers));

const someKeypoints: Kind = {
  expected: 'a list of numbers, or of rows of them',
  accepts: (value) => anyNumbers.accepts(value) || Array.isArray(value),
};

/** What detections and truths have of each field. */
interface PairKinds {
  readonly detections: Readonly<Record<string, Kind>>;
  readonly truths: Readonly<Record<string, Kind>>;
}
const named = { labels: anyNumbers };
const weighed = { ...named, crowd: anyNumbers, areas: anyNumbers };
const boxKinds: PairKinds = {
  detections: { ...named, boxes: anyNumbers, scores: anyNumbers },
  truths: { ...weighed, boxes: someBoxes, difficult: anyNumbers },
};
export const keypointKinds: PairKinds = {
  detections: { ...named, keypoints: someKeypoints, scores: anyNumbers },
  truths: { ...weighed, keypoints: someKeypoints, boxes: someBoxes },
};

/** What may be left out of a truth. */
const optional: ReadonlySet<string> = new Set(['crowd', 'areas', 'difficult']);

/** @throws ArgumentError unless each of `list` has what `kinds` names. */
function requireEach(
  where: string,
  name: string,
  list: readonly object[],
  kinds: Readonly<Record<string, Kind>>,
): void {
  requireKind(where, name, list, listOf(anObject));
  for (const [i, entry] of list.entries()) {
    for (const [field, kind] of Object.entries(kinds)) {
      const value = (entry as Readonly<Record<string, unknown>>)[field];
      if (value === undefined && optional.has(field)) continue;
      requireKind(where, `${name}[${i}].${field}`, value, kind);
    }
  }
}

/** @throws ArgumentError unless there are as many lists of detections as of truths, each with a number for each box. */
export function requirePairs(
  where: string,
  detections: readonly Pick<ScoredBoxes, 'labels' | 'scores'>[],
  truths: readonly object[],
  kinds: PairKinds = boxKinds,
): void {
  requireEach(where, 'detections', detections, kinds.detections);
  requireEach(where, 'truths', truths, kinds.truths);
  if (detections.length !== truths.length) {
    throw new ArgumentError(
      `${where}: expected detections and truths of the same images, got ${detections.length} and ${truths.length}`,
    );
  }
  for (const [i, { labels, scores }] of detections.entries()) {
    if (labels.length !== scores.length) {
      throw new ArgumentError(
        `${where}: image ${i}: expected a score for each of ${labels.length} detections, got ${scores.length}`,
      );
    }
  }
}
