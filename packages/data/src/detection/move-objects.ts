import { DatasetError } from '../errors.ts';

/** What is in a picture or signal, as transforms move it. */
export interface MovableObjects {
  /** Rows [x1, y1, x2, y2] ([begin, end] in signals), one behind the other. */
  readonly boxes: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** Of each [H, W] ([L] in signals), row by row: 1 inside, 0 outside. */
  readonly masks?: readonly Uint8Array<ArrayBuffer>[];
  /** Of each object rows [x, y, visible] ([x, visible] in signals), one behind the other. */
  readonly keypoints?: Float32Array<ArrayBuffer>;
}

/** How places change. */
export interface Motion {
  /** Afterwards: [W, H], or [L]. */
  readonly extents: readonly number[];
  /** Where a place [x, y] or [x] goes. */
  readonly point: (place: readonly number[]) => readonly number[];
  /** For each element of a mask afterwards the one that it comes from, or -1. */
  readonly sources: () => Int32Array;
  /** Whether what leaves the picture is cut off and may go; else all stays, and nothing leaves. */
  readonly cuts: boolean;
  /** Pairs of keypoints that take each other's place. */
  readonly swaps?: readonly (readonly [number, number])[];
}

/** What is left of objects that were moved. */
export interface MovedObjects extends MovableObjects {
  /** Their numbers before. */
  readonly kept: readonly number[];
  /** The share of each that is left. */
  readonly shares: readonly number[];
}

/**
 * Moves boxes, masks and keypoints. A box becomes the least one around its moved corners, cut at the borders; a keypoint that leaves
 * the picture is not visible any more: [0, 0, 0].
 * @param extents before: [W, H], or [L]
 * @param leastVisible objects of which a smaller share of the mask, or else of the box, is left go
 * @throws DatasetError (fault 'sample') that names the object, for masks of another size and the like.
 */
export function moveObjects(
  where: string,
  objects: MovableObjects,
  extents: readonly number[],
  motion: Motion,
  leastVisible: number,
): MovedObjects {
  requireObjects(where, objects, extents);
  const width = 2 * extents.length;
  const { labels } = objects;
  const whole = movedBoxes(objects.boxes, extents.length, motion);
  const cut = motion.cuts
    ? whole.map((value, i) => Math.min(Math.max(value, 0), motion.extents[i % extents.length]!))
    : whole;
  const sources = objects.masks === undefined ? null : motion.sources();
  const masks = objects.masks?.map((mask) => Uint8Array.from(sources!, (at) => mask[at] ?? 0));
  const shareOf = (i: number): number => {
    const left = sizeOf(cut, i, extents.length) / sizeOf(whole, i, extents.length);
    const before = objects.masks === undefined ? 0 : covered(objects.masks[i]!);
    if (before === 0 || !(left > 0)) return left;
    return Math.min(covered(masks![i]!) / before / growth(extents, motion), 1);
  };
  const shares = Array.from(labels, (_, i) => (motion.cuts ? shareOf(i) : 1));
  const kept = [...labels.keys()].filter(
    (i) => !motion.cuts || (shares[i]! > 0 && shares[i]! >= leastVisible),
  );
  const pickRows = (rows: Float32Array, each: number): Float32Array<ArrayBuffer> =>
    Float32Array.from(kept.flatMap((i) => [...rows.subarray(i * each, (i + 1) * each)]));
  const keypoints =
    objects.keypoints && movedKeypoints(where, objects.keypoints, labels.length, extents, motion);
  return {
    kept,
    shares: kept.map((i) => shares[i]!),
    boxes: pickRows(cut, width),
    labels: Int32Array.from(kept, (i) => labels[i]!),
    ...(masks && { masks: kept.map((i) => masks[i]!) }),
    ...(keypoints && { keypoints: pickRows(keypoints, keypoints.length / labels.length) }),
  };
}

function movedBoxes(
  boxes: Float32Array,
  dims: number,
  { point }: Motion,
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(boxes.length);
  for (let at = 0; at < boxes.length; at += 2 * dims) {
    const low = Array.from({ length: dims }, () => Infinity);
    const high = low.map(() => -Infinity);
    for (let corner = 0; corner < 2 ** dims; corner++) {
      const place = low.map((_, axis) => boxes[at + axis + ((corner >> axis) & 1) * dims]!);
      point(place).forEach((value, axis) => {
        low[axis] = Math.min(low[axis]!, value);
        high[axis] = Math.max(high[axis]!, value);
      });
    }
    moved.set([...low, ...high], at);
  }
  return moved;
}

function movedKeypoints(
  where: string,
  keypoints: Float32Array,
  count: number,
  extents: readonly number[],
  { point, cuts, extents: after, swaps = [] }: Motion,
): Float32Array<ArrayBuffer> {
  const row = extents.length + 1;
  const moved = new Float32Array(keypoints.length);
  for (let at = 0; at < keypoints.length; at += row) {
    const visible = keypoints[at + row - 1]!;
    if (!(visible > 0)) continue;
    const place = point([...keypoints.subarray(at, at + row - 1)]);
    const isInside = place.every((value, axis) => value >= 0 && value <= after[axis]!);
    if (isInside || !cuts) moved.set([...place, visible], at);
  }
  const points = count === 0 ? 0 : keypoints.length / row / count;
  for (const [a, b] of swaps) {
    if (count > 0 && Math.max(a, b) >= points) {
      throw new DatasetError(
        'transform',
        `${where}: expected keypointPairs of keypoints from 0 to ${points - 1}, got [${a}, ${b}]`,
      );
    }
    for (let i = 0; i < count; i++) {
      const [first, second] = [(i * points + a) * row, (i * points + b) * row];
      const kept = moved.slice(first, first + row);
      moved.copyWithin(first, second, second + row);
      moved.set(kept, second);
    }
  }
  return moved;
}

function sizeOf(boxes: Float32Array, i: number, dims: number): number {
  let size = 1;
  for (let axis = 0; axis < dims; axis++) {
    const at = i * 2 * dims + axis;
    size *= boxes[at + dims]! - boxes[at]!;
  }
  return size;
}

function covered(mask: Uint8Array): number {
  let count = 0;
  for (const value of mask) if (value !== 0) count++;
  return count;
}

/** By how much areas grow, for motions without a perspective. */
export function growth(extents: readonly number[], { point }: Motion): number {
  const origin = point(extents.map(() => 0));
  const sides = extents.map((_, axis) =>
    point(extents.map((__, other) => Number(other === axis))).map((value, i) => value - origin[i]!),
  );
  const [first, second] = sides as [number[], number[]?];
  if (second === undefined) return Math.abs(first[0]!);
  return Math.abs(first[0]! * second[1]! - first[1]! * second[0]!);
}

/** Extents in the order of shapes, the last axis last. */
function shapeOf(extents: readonly number[]): string {
  return extents.reduce((text, extent) => (text === '' ? `${extent}` : `${extent}, ${text}`), '');
}

function requireObjects(
  where: string,
  { boxes, labels, masks, keypoints }: MovableObjects,
  extents: readonly number[],
): void {
  const count = labels.length;
  const refuse = (message: string): never => {
    throw new DatasetError('sample', `${where}: ${message}`);
  };
  const width = 2 * extents.length;
  if (boxes.length !== count * width) {
    refuse(`expected ${width} numbers of a box for each of ${count} labels, got ${boxes.length}`);
  }
  if (masks !== undefined && masks.length !== count) {
    refuse(`expected a mask for each of ${count} labels, got ${masks.length}`);
  }
  const elements = extents.reduce((product, extent) => product * extent, 1);
  for (const [i, mask] of (masks ?? []).entries()) {
    if (mask.length === elements) continue;
    refuse(`object ${i}: expected a mask of [${shapeOf(extents)}], got ${mask.length} elements`);
  }
  const row = extents.length + 1;
  if (
    keypoints !== undefined &&
    (count === 0 ? keypoints.length > 0 : keypoints.length % (count * row) > 0)
  ) {
    refuse(
      `expected as many keypoints of ${row} numbers for each of ${count} labels, got ${keypoints.length} numbers`,
    );
  }
}
