/** Coordinates in single precision, or of any numbers that are rounded to it. */
type Coordinates = ArrayLike<number>;

const f = Math.fround;

/**
 * @internal Greedy non-maximum suppression on the host: 1 for each box that stays. The specification of the kernel `nms`,
 * each step in single precision.
 * @param boxes [N, 2 dims] row by row: the least coordinates of a box, then the greatest
 * @param order the boxes from the highest score down
 * @param labels of the boxes, or null where all have one; boxes of different labels leave each other alone
 */
export function suppress(
  boxes: Coordinates,
  order: ArrayLike<number>,
  labels: ArrayLike<number> | null,
  iouThreshold: number,
  dims: number,
): Uint8Array<ArrayBuffer> {
  const count = order.length;
  const width = 2 * dims;
  const limit = f(iouThreshold);
  const keep = new Uint8Array(count).fill(1);
  const sizes = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let size = 1;
    for (let axis = 0; axis < dims; axis++) {
      const at = i * width + axis;
      size = f(size * f(boxes[at + dims]! - boxes[at]!));
    }
    sizes[i] = size;
  }
  for (let a = 0; a < count; a++) {
    const best = order[a]!;
    if (keep[best] === 0) continue;
    for (let b = a + 1; b < count; b++) {
      const other = order[b]!;
      if (keep[other] === 0 || (labels !== null && labels[other] !== labels[best])) continue;
      let common = 1;
      for (let axis = 0; axis < dims; axis++) {
        const p = best * width + axis;
        const q = other * width + axis;
        const low = Math.max(boxes[p]!, boxes[q]!);
        const high = Math.min(boxes[p + dims]!, boxes[q + dims]!);
        common = f(common * Math.max(f(high - low), 0));
      }
      const union = f(f(sizes[best]! + sizes[other]!) - common);
      if (f(common / union) > limit) keep[other] = 0;
    }
  }
  return keep;
}

/** What `suppress` is to a backend that it is handed to. */
export type Suppress = typeof suppress;
