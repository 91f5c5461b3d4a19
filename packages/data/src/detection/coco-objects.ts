/** Masks and keypoints in COCO's JSON. */
import { formatValue, numbers } from '@convnet/tensor-core';

import { FileError } from '../errors.ts';
import { isPolygon } from './masks/polygons.ts';
import { decodeRle, type Rle } from './masks/rle.ts';
import type { AnnotatedObject, Segmentation } from './sample.ts';

/** An object of the file, whatever is in it. */
export type Entry = Readonly<Record<string, unknown>>;

/**
 * The outline of an object: polygons, or run lengths, which crowds have.
 * @throws FileError (fault 'format') that names the annotation.
 */
export function segmentationOf({ segmentation }: Entry, id: number, source: string): Segmentation {
  const refuse = (message: string, because?: ErrorOptions): FileError =>
    new FileError('format', source, `annotation ${id}: ${message}`, because);
  if (Array.isArray(segmentation) && segmentation.length > 0) {
    const wrong = segmentation.findIndex((polygon) => !isPolygon(polygon));
    if (wrong < 0) return segmentation as number[][];
    throw refuse(`expected polygon ${wrong} of its segmentation as at least three points`);
  }
  if (typeof segmentation === 'object' && segmentation !== null && 'counts' in segmentation) {
    try {
      decodeRle(segmentation as Rle);
    } catch (cause) {
      throw refuse(`its segmentation is no mask (${(cause as Error).message})`, { cause });
    }
    return segmentation as Rle;
  }
  throw refuse('expected segmentation as polygons or as { size, counts }');
}

/**
 * Names and lines of the keypoints that the categories have. Those that have none may stand beside; those that have some must have
 * the same number.
 * @throws FileError (fault 'format') where they have not, or where no category has any.
 */
export function keypointsOf(
  categories: readonly Entry[],
  source: string,
): { names: readonly string[]; skeleton: readonly (readonly [number, number])[] } {
  const having = categories.filter(({ keypoints }) => Array.isArray(keypoints) && keypoints.length);
  if (having.length === 0) {
    throw new FileError('format', source, 'expected a category with keypoints, got none');
  }
  const names = (having[0]!['keypoints'] as unknown[]).map(String);
  const other = having.find(({ keypoints }) => (keypoints as unknown[]).length !== names.length);
  if (other !== undefined) {
    throw new FileError(
      'format',
      source,
      `category ${String(other['id'])}: expected ${names.length} keypoints as category ${String(having[0]!['id'])} has, got ${(other['keypoints'] as unknown[]).length}`,
    );
  }
  const { skeleton = [] } = having[0]!;
  const isLine = (line: unknown): boolean =>
    numbers.accepts(line) &&
    (line as number[]).length === 2 &&
    (line as number[]).every(
      (point) => Number.isInteger(point) && point >= 1 && point <= names.length,
    );
  if (!Array.isArray(skeleton) || !skeleton.every(isLine)) {
    throw new FileError(
      'format',
      source,
      `category ${String(having[0]!['id'])}: expected skeleton as pairs of numbers from 1 to ${names.length}`,
    );
  }
  return {
    names,
    skeleton: (skeleton as [number, number][]).map(([from, to]) => [from - 1, to - 1]),
  };
}

/**
 * The keypoints of an object, where it has some.
 * @param count how many it should have
 * @throws FileError (fault 'format') that names the annotation.
 */
export function keypointRows(
  { keypoints }: Entry,
  id: number,
  count: number,
  source: string,
): Pick<AnnotatedObject, 'keypoints'> {
  if (keypoints === undefined) return {};
  if (numbers.accepts(keypoints) && (keypoints as number[]).length === 3 * count) {
    const visibility = (keypoints as number[]).findIndex(
      (value, i) => i % 3 === 2 && ![0, 1, 2].includes(value),
    );
    if (visibility < 0) return { keypoints: keypoints as number[] };
    throw new FileError(
      'format',
      source,
      `annotation ${id}: expected 0, 1 or 2 as the visibility of keypoint ${(visibility - 2) / 3}, got ${(keypoints as number[])[visibility]}`,
    );
  }
  const got = Array.isArray(keypoints) ? `${keypoints.length} numbers` : formatValue(keypoints);
  throw new FileError(
    'format',
    source,
    `annotation ${id}: expected ${count} keypoints of x, y and visibility each, got ${got}`,
  );
}
