import { formatShape, formatValue } from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';

/** A picture in host memory: red, green and blue of each pixel one after another, row by row, from 0 to 255. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** `height` · `width` · 3 bytes. */
  readonly data: Uint8Array;
}

/**
 * A picture of the given pixels.
 *
 * @throws DatasetError (fault 'shape') where the number of bytes is not that of the size.
 */
export function image(data: Uint8Array, width: number, height: number): Image {
  if (data.length !== width * height * 3) {
    throw new DatasetError(
      'shape',
      `image: ${width}x${height} pixels take ${width * height * 3} bytes, got ${data.length}`,
    );
  }
  return { width, height, data };
}

/** A picture of that size to be drawn. */
export function blank(width: number, height: number): Image {
  return { width, height, data: new Uint8Array(width * height * 3) };
}

/** A height and width from one number or two, as torchvision's functions take them. */
export function sizePair(
  where: string,
  size: number | readonly [height: number, width: number],
): readonly [height: number, width: number] {
  const pair = typeof size === 'number' ? ([size, size] as const) : size;
  const valid =
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every((extent) => Number.isSafeInteger(extent) && extent >= 1);
  if (valid) return pair;
  throw new DatasetError(
    'transform',
    `${where}: expected size as a whole number from 1 or [height, width], got ${
      Array.isArray(size) ? formatShape(size) : formatValue(size)
    }`,
  );
}
