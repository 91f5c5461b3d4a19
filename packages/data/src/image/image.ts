import { aUint8Array } from '../kinds.ts';
import { aCount, requireKind, type Kind, integerFrom } from '@convnet/tensor-core';
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
  requireKind('image', 'data', data, aUint8Array);
  requireKind('image', 'width', width, aCount);
  requireKind('image', 'height', height, aCount);
  if (data.length !== width * height * 3) {
    throw new DatasetError(
      'shape',
      `image: ${width}x${height} pixels take ${width * height * 3} bytes, got ${data.length}`,
    );
  }
  return { width, height, data };
}

/** A picture. */
export const anImage: Kind = {
  expected: 'a picture { width, height, data }, as decodeImage and image() make it',
  accepts: (value) => {
    const { width, height, data } = (value ?? {}) as Partial<Image>;
    return (
      aCount.accepts(width) &&
      aCount.accepts(height) &&
      data instanceof Uint8Array &&
      data.length === width! * height! * 3
    );
  },
};

/** @throws ArgumentError for what is no picture. */
export function requireImage(where: string, source: unknown): asserts source is Image {
  requireKind(where, 'source', source, anImage);
}

/** Pictures that this package made, whose pixels nobody else writes. */
const own = new WeakSet<Image>();

/** Notes that nobody else has the pixels of a picture. */
export function asOwn(picture: Image): Image {
  own.add(picture);
  return picture;
}

/** Whether only who was given a picture could change it. */
export const isOwn = (picture: Image): boolean => own.has(picture);

/** A picture of that size to be drawn. */
export function blank(width: number, height: number): Image {
  const size = width * height * 3;
  try {
    return asOwn({ width, height, data: new Uint8Array(size) });
  } catch (cause) {
    throw new DatasetError(
      'shape',
      `a picture of ${width}x${height} pixels takes ${size} bytes, more memory than can be had`,
      { cause },
    );
  }
}

/** Pixels along a side: more than any format of pictures has. */
export const aSide: Kind = integerFrom(1, 2 ** 16);
/** A height and width by one number or two. */
export const aSize: Kind = {
  expected: `${aSide.expected} or [height, width]`,
  accepts: (value) =>
    aSide.accepts(value) ||
    (Array.isArray(value) && value.length === 2 && value.every((extent) => aSide.accepts(extent))),
};

/** A height and width from one number or two, as torchvision's functions take them. @throws ArgumentError. */
export function sizePair(
  where: string,
  size: number | readonly [height: number, width: number],
): readonly [height: number, width: number] {
  requireKind(where, 'size', size, aSize);
  return typeof size === 'number' ? [size, size] : size;
}
