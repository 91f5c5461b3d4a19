import { TargetError } from './errors.ts';

/** What is in an image (or a signal). Empty lists where there is nothing. */
export interface DetectionTarget {
  /** Rows [x1, y1, x2, y2] in pixels ([begin, end] in samples of signals), or all rows in one typed array. */
  readonly boxes: readonly (readonly number[])[] | Float32Array;
  /** The class of each box, from 1 on: 0 is the background. */
  readonly labels: ArrayLike<number>;
  /** For a network that predicts masks: of each box [H, W] of the image, row by row ([L] of the signal), 0 or 1. */
  readonly masks?: readonly ArrayLike<number>[];
  /**
   * For a network that predicts keypoints: of each box rows [x, y, visible] ([x, visible] in signals), 0 where it is not; or all rows in
   * one typed array.
   */
  readonly keypoints?: readonly (readonly (readonly number[])[])[] | Float32Array;
}

/** A target in the form that the network works with. */
export interface CheckedTarget {
  readonly boxes: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** [boxes, H, W]; null where none are needed. */
  readonly masks: Float32Array<ArrayBuffer> | null;
  /** [boxes, keypoints, dims + 1]; null where none are needed. */
  readonly keypoints: Float32Array<ArrayBuffer> | null;
}

/** What a network learns beside boxes. */
export interface TargetNeeds {
  readonly masks: boolean;
  /** How many for each object, or null for none. */
  readonly keypoints: number | null;
}

/** How far a box may reach over the border, in pixels: what rounding in single precision leaves. */
const tolerance = 1e-3;

/**
 * @param image number of the image in the batch, for messages
 * @param size spatial extents of the image
 * @throws TargetError for boxes that are no rows of 2d finite numbers, degenerate, or outside the image, for another number of
 * labels, for labels that are no class, and, where masks are needed, for masks that are missing or of another size;
 * likewise for keypoints, which have a place and a visibility.
 */
export function checkTarget(
  target: DetectionTarget,
  image: number,
  size: readonly number[],
  numClasses: number,
  needs: TargetNeeds = { masks: false, keypoints: null },
): CheckedTarget {
  const dims = size.length;
  const given: unknown = target;
  const fields = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown
  >;
  const { boxes: boxesGiven, labels: labelsGiven } = fields;
  if (!isList(boxesGiven) || !isList(labelsGiven)) {
    throw new TargetError(image, undefined, 'expected { boxes, labels }, each a list');
  }
  const boxes = boxRows(boxesGiven, image, dims);
  const count = boxes.length / (2 * dims);
  const labels = Int32Array.from(labelsGiven);
  if (labels.length !== count) {
    throw new TargetError(
      image,
      undefined,
      `expected a label for each of ${count} boxes, got ${labels.length}`,
    );
  }
  for (let i = 0; i < count; i++) {
    checkBox(boxes.subarray(i * 2 * dims, (i + 1) * 2 * dims), image, i, size);
    const label = labelsGiven[i];
    if (!Number.isInteger(label) || !(label! >= 1) || !(label! < numClasses)) {
      const reason = label === 0 ? ' (0 is the background)' : '';
      throw new TargetError(
        image,
        i,
        `expected a label from 1 to ${numClasses - 1}, got ${String(label)}${reason}`,
      );
    }
  }
  return {
    boxes,
    labels,
    masks: needs.masks ? masksOf(fields['masks'], count, image, size) : null,
    keypoints:
      needs.keypoints === null
        ? null
        : keypointsOf(fields['keypoints'], count, image, needs.keypoints, dims),
  };
}

/** What is given for the boxes of an image, one for each. @throws TargetError. */
function forEachBox(
  what: string,
  given: unknown,
  count: number,
  image: number,
): readonly unknown[] {
  if (Array.isArray(given) && given.length === count) return given;
  const got = Array.isArray(given) ? String(given.length) : 'none';
  throw new TargetError(
    image,
    undefined,
    `expected ${what} for each of ${count} boxes, got ${got}`,
  );
}

function masksOf(
  given: unknown,
  count: number,
  image: number,
  size: readonly number[],
): Float32Array<ArrayBuffer> {
  const each = forEachBox('a mask', given, count, image);
  const elements = size.reduce((product, extent) => product * extent, 1);
  const masks = new Float32Array(count * elements);
  for (const [i, mask] of each.entries()) {
    if (!isList(mask) || mask.length !== elements) {
      const got = isList(mask) ? `${mask.length} elements` : String(mask);
      throw new TargetError(
        image,
        i,
        `expected a mask of the image's [${size.join(', ')}], got ${got}`,
      );
    }
    for (let k = 0; k < elements; k++) masks[i * elements + k] = Number(Number(mask[k]) !== 0);
  }
  return masks;
}

function keypointsOf(
  given: unknown,
  count: number,
  image: number,
  perObject: number,
  dims: number,
): Float32Array<ArrayBuffer> {
  const row = dims + 1;
  const each = forEachBox('keypoints', rowsOfEach(given, count, perObject, row), count, image);
  const all = each.flatMap((points, i) => {
    if (!Array.isArray(points) || points.length !== perObject) {
      const got = Array.isArray(points) ? String(points.length) : String(points);
      throw new TargetError(image, i, `expected ${perObject} keypoints, got ${got}`);
    }
    return (points as unknown[]).flatMap((point, k) => {
      if (isList(point) && point.length === row && Array.from(point).every(Number.isFinite)) {
        return Array.from(point);
      }
      const got = isList(point) ? `[${Array.from(point).join(', ')}]` : String(point);
      throw new TargetError(
        image,
        i,
        `expected keypoint ${k} as [${dims === 1 ? 'x' : 'x, y'}, visible], got ${got}`,
      );
    });
  });
  return Float32Array.from(all);
}

/** Rows for each box from all of them in one typed array, where there are as many as are wanted. */
function rowsOfEach(given: unknown, count: number, perObject: number, row: number): unknown {
  if (!(given instanceof Float32Array) || given.length !== count * perObject * row) return given;
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: perObject }, (__, k) => {
      const at = (i * perObject + k) * row;
      return given.subarray(at, at + row);
    }),
  );
}

function isList(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function boxRows(
  given: ArrayLike<unknown>,
  image: number,
  dims: number,
): Float32Array<ArrayBuffer> {
  const width = 2 * dims;
  if (ArrayBuffer.isView(given)) {
    if (given.length % width !== 0) {
      throw new TargetError(
        image,
        undefined,
        `expected ${width} numbers for each box, got ${given.length} in all`,
      );
    }
    return Float32Array.from(given as ArrayLike<number>);
  }
  const rows = Array.from(given);
  return Float32Array.from(
    rows.flatMap((row, i) => {
      if (!isList(row) || row.length !== width) {
        const got = isList(row) ? `${row.length} numbers` : String(row);
        throw new TargetError(image, i, `expected a box of ${width} numbers, got ${got}`);
      }
      return Array.from(row);
    }),
  );
}

function checkBox(box: Float32Array, image: number, index: number, size: readonly number[]): void {
  const dims = size.length;
  const text = `[${Array.from(box).join(', ')}]`;
  if (!box.every(Number.isFinite)) {
    throw new TargetError(image, index, `expected finite coordinates, got ${text}`);
  }
  for (let axis = 0; axis < dims; axis++) {
    const [low, high] = [box[axis]!, box[axis + dims]!];
    if (!(high > low)) {
      throw new TargetError(
        image,
        index,
        `expected a box with sides above 0, least coordinates first, got ${text}`,
      );
    }
    const extent = size[dims - 1 - axis]!;
    if (low < -tolerance || high > extent + tolerance) {
      throw new TargetError(
        image,
        index,
        `expected a box within the image of [${size.join(', ')}], got ${text}`,
      );
    }
  }
}
