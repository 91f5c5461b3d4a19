import { ArgumentError, instanceOf, integerFrom, requireKind } from '@convnet/tensor-core';

/*
 * Boxes on the host: a Float32Array of rows of 2 d numbers, the least coordinates first, then the greatest, each with the last
 * spatial axis in front: [x1, y1, x2, y2] in images, [begin, end] in signals. Widths are differences, nothing is added.
 */

const f = Math.fround;
const floats = instanceOf('a Float32Array', Float32Array);

/** @throws ArgumentError for what are no rows of boxes, or not `length` numbers of them. */
export function requireBoxes(
  where: string,
  name: string,
  boxes: Float32Array,
  dims: number,
  length?: number,
): void {
  requireKind(where, name, boxes, floats);
  if (boxes.length % (2 * dims) !== 0 || (length !== undefined && boxes.length !== length)) {
    const expected = length ?? `rows of ${2 * dims}`;
    throw new ArgumentError(
      `${where}: expected ${name} with ${expected} numbers, got ${boxes.length}`,
    );
  }
}

/** Boxes cut off at the borders of an image of `size` (spatial extents, as in shapes: height, then width), in place. */
export function clipBoxes<Boxes extends Float32Array>(
  boxes: Boxes,
  size: readonly number[],
): Boxes {
  const dims = size.length;
  for (let i = 0; i < boxes.length; i++) {
    boxes[i] = Math.min(Math.max(boxes[i]!, 0), size[dims - 1 - (i % dims)]!);
  }
  return boxes;
}

/** Whether all sides of box number `i` are at least `least`. */
export function isLarge(boxes: Float32Array, i: number, dims: number, least: number): boolean {
  for (let axis = 0; axis < dims; axis++) {
    const at = i * 2 * dims + axis;
    if (!(f(boxes[at + dims]! - boxes[at]!) >= least)) return false;
  }
  return true;
}

/** The rows at the given positions. */
export function selectBoxes(
  boxes: Float32Array,
  rows: ArrayLike<number>,
  dims: number,
): Float32Array<ArrayBuffer> {
  const width = 2 * dims;
  const selected = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    for (let k = 0; k < width; k++) selected[i * width + k] = boxes[from + k]!;
  }
  return selected;
}

/** Coordinates multiplied by the ratio of two sizes of an image, as it was resized. */
export function scaleBoxes(
  boxes: Float32Array,
  from: readonly number[],
  to: readonly number[],
): Float32Array<ArrayBuffer> {
  const dims = from.length;
  const ratios = Array.from({ length: dims }, (_, i) => f(to[dims - 1 - i]! / from[dims - 1 - i]!));
  return Float32Array.from(boxes, (value, i) => value * ratios[i % dims]!);
}

/** Length, area or volume of each box, in single precision. */
export function boxSizes(boxes: Float32Array, dims: number): Float32Array<ArrayBuffer> {
  const count = boxes.length / (2 * dims);
  const sizes = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let size = 1;
    for (let axis = 0; axis < dims; axis++) {
      const at = i * 2 * dims + axis;
      size = f(size * f(boxes[at + dims]! - boxes[at]!));
    }
    sizes[i] = size;
  }
  return sizes;
}

/**
 * Intersection over union of each of M boxes with each of N: [M, N], each step in single precision, so that equal
 * overlaps are equal numbers. torchvision.ops.box_iou.
 * @throws ArgumentError for what are no boxes.
 */
export function boxIou(a: Float32Array, b: Float32Array, dims: number): Float32Array<ArrayBuffer> {
  requireKind('boxIou', 'dims', dims, integerFrom(1));
  requireBoxes('boxIou', 'a', a, dims);
  requireBoxes('boxIou', 'b', b, dims);
  const [sizesA, sizesB] = [boxSizes(a, dims), boxSizes(b, dims)];
  const [m, n] = [sizesA.length, sizesB.length];
  const ious = new Float32Array(m * n);
  const width = 2 * dims;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let common = 1;
      for (let axis = 0; axis < dims; axis++) {
        const [p, q] = [i * width + axis, j * width + axis];
        const low = Math.max(a[p]!, b[q]!);
        const high = Math.min(a[p + dims]!, b[q + dims]!);
        common = f(common * Math.max(f(high - low), 0));
      }
      ious[i * n + j] = common / f(f(sizesA[i]! + sizesB[j]!) - common);
    }
  }
  return ious;
}
