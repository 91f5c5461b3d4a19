import { anyNumbers, ArgumentError, formatValue, withMethods } from '@convnet/tensor-core';

/** A mask that is kept as a part of the image and gives the whole: what Mask R-CNN of `@convnet/detection` finds. */
export interface FullMask {
  /** [H, W], row by row. */
  full(): ArrayLike<number>;
}

/** Objects as detectors find them and as files of annotations have them. */
export interface DrawnObjects {
  /** Rows [x1, y1, x2, y2] in pixels ([begin, end] in samples of signals), or all of them in one list. */
  readonly boxes: readonly ArrayLike<number>[] | ArrayLike<number>;
  /** The class of each. */
  readonly labels?: ArrayLike<number>;
  /** How sure the network is of each, 0 to 1. */
  readonly scores?: ArrayLike<number>;
  /** Of each [H, W] of the image, row by row ([L] of the signal): shares from 0 to 1. */
  readonly masks?: readonly (ArrayLike<number> | FullMask)[];
  /** Of each rows [x, y, visible] ([x, visible] in signals), or all of them in one list; visible 0 is not drawn. */
  readonly keypoints?:
    | readonly (readonly ArrayLike<number>[])[]
    | readonly ArrayLike<number>[]
    | ArrayLike<number>;
}

/** One object, checked. */
export interface DrawnObject {
  /** [x1, y1, x2, y2] or [begin, end]. */
  readonly box: readonly number[];
  readonly label: number | undefined;
  readonly score: number | undefined;
  readonly mask: ArrayLike<number> | undefined;
  /** Rows [x, y, visible] or [x, visible]. */
  readonly keypoints: readonly (readonly number[])[];
}

const aFullMask = withMethods('a mask', 'full');

/**
 * @param name what messages call the objects
 * @param size [H, W] of the image or [L] of the signal
 * @throws ArgumentError that names the object for numbers that are no boxes, masks or keypoints, and for lists of other lengths.
 */
export function readObjects(
  where: string,
  name: string,
  given: DrawnObjects,
  size: readonly number[],
): DrawnObject[] {
  const found: unknown = given;
  if (typeof found !== 'object' || found === null || !('boxes' in found)) {
    throw new ArgumentError(
      `${where}: expected ${name} as { boxes, labels, … }, got ${formatValue(given)}`,
    );
  }
  const dims = size.length;
  const boxes = rowsOf(`${where}: ${name}`, 'boxes', given.boxes, 2 * dims);
  const count = boxes.length;
  const { labels, scores, masks } = given;
  const ofEach = (what: string, list: unknown): void => {
    if (list === undefined) return;
    if (!anyNumbers.accepts(list) && !Array.isArray(list)) {
      throw new ArgumentError(`${where}: ${name}: expected ${what} as a list`);
    }
    const { length } = list as ArrayLike<unknown>;
    if (length === count) return;
    throw new ArgumentError(
      `${where}: ${name}: expected ${what} for each of ${count} boxes, got ${length}`,
    );
  };
  ofEach('labels', labels);
  ofEach('scores', scores);
  ofEach('masks', masks);
  const keypoints = keypointsOf(`${where}: ${name}`, given.keypoints, count, dims + 1);
  return boxes.map((box, i) => ({
    box,
    label: finite(`${where}: ${name}`, `labels[${i}]`, labels?.[i]),
    score: finite(`${where}: ${name}`, `scores[${i}]`, scores?.[i]),
    mask: maskOf(`${where}: ${name}`, masks?.[i], i, size),
    keypoints: keypoints[i] ?? [],
  }));
}

function finite(where: string, what: string, value: number | undefined): number | undefined {
  if (value === undefined || Number.isFinite(value)) return value;
  throw new ArgumentError(
    `${where}: expected ${what} as a finite number, got ${formatValue(value)}`,
  );
}

/** Lists of `width` finite numbers, from such lists or from one list of all numbers. */
function rowsOf(where: string, what: string, given: unknown, width: number): number[][] {
  const isNested = Array.isArray(given) && given.some((row) => typeof row !== 'number');
  if (!isNested && !anyNumbers.accepts(given)) {
    throw new ArgumentError(`${where}: expected ${what} as a list, got ${formatValue(given)}`);
  }
  const list = given as ArrayLike<unknown>;
  if (!isNested && list.length % width !== 0) {
    throw new ArgumentError(
      `${where}: expected ${what} as ${width} numbers each, got ${list.length} in all`,
    );
  }
  const rows = isNested
    ? Array.from(list)
    : Array.from({ length: list.length / width }, (_, i) =>
        Array.from({ length: width }, (__, k) => list[i * width + k]),
      );
  return rows.map((row, i) => {
    const numbers = anyNumbers.accepts(row) ? Array.from(row as ArrayLike<number>) : [];
    if (numbers.length === width && numbers.every(Number.isFinite)) return numbers;
    throw new ArgumentError(
      `${where}: expected ${what} as ${width} finite numbers each, got ${formatValue(row)} as number ${i}`,
    );
  });
}

function keypointsOf(where: string, given: unknown, count: number, width: number): number[][][] {
  if (given === undefined || count === 0) return [];
  const isOfEach =
    Array.isArray(given) && given.length === count && given.every((own) => typeof own !== 'number');
  // A list for each box, be it of rows or of all numbers of the box; or one list of all numbers.
  if (isOfEach) {
    return (given as unknown[]).map((own, i) => rowsOf(where, `keypoints[${i}]`, own, width));
  }
  const rows = rowsOf(where, 'keypoints', given, width);
  if (rows.length % count !== 0) {
    throw new ArgumentError(
      `${where}: expected as many keypoints for each of ${count} boxes, got ${rows.length} in all`,
    );
  }
  const each = rows.length / count;
  return Array.from({ length: count }, (_, i) => rows.slice(i * each, (i + 1) * each));
}

function maskOf(
  where: string,
  given: ArrayLike<number> | FullMask | undefined,
  i: number,
  size: readonly number[],
): ArrayLike<number> | undefined {
  if (given === undefined) return undefined;
  const mask: unknown = aFullMask.accepts(given) ? (given as FullMask).full() : given;
  const elements = size.reduce((product, extent) => product * extent, 1);
  if (anyNumbers.accepts(mask) && (mask as ArrayLike<number>).length === elements) {
    return mask as ArrayLike<number>;
  }
  const got = anyNumbers.accepts(mask)
    ? `${(mask as ArrayLike<number>).length} numbers`
    : formatValue(mask);
  throw new ArgumentError(`${where}: expected masks[${i}] of [${size.join(', ')}], got ${got}`);
}
