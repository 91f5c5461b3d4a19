import { aUint8Array } from '../kinds.ts';
import type { Box } from './ops/box.ts';
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

/** Pictures that are decoded where they are needed: how a rectangle within them comes. */
const parts = new WeakMap<object, (box: Box) => Image | undefined>();

/**
 * A picture of which a part can be had without the rest. Its `data` comes when it is asked for.
 *
 * @param part Gives a rectangle within the picture; its bytes need to last until the next call only.
 */
export function pictureOfParts(width: number, height: number, part: (box: Box) => Image): Image {
  let whole: Uint8Array | undefined;
  const picture = {
    width,
    height,
    get data(): Uint8Array {
      whole ??= part({ top: 0, left: 0, height, width }).data.slice();
      return whole;
    },
  };
  parts.set(picture, (box) => (whole === undefined ? part(box) : undefined));
  return picture;
}

/** Whether `picture` is one that is decoded where it is needed. */
export function hasParts(picture: unknown): boolean {
  return typeof picture === 'object' && picture !== null && parts.has(picture);
}

/** A rectangle within `picture` by itself, for now; undefined where all of the picture is there already. */
export function partOf(picture: Image, box: Box): Image | undefined {
  return parts.get(picture)?.(box);
}

/** A picture. */
export const anImage: Kind = {
  expected: 'a picture { width, height, data }, as decodeImage and image() make it',
  accepts: (value) => {
    // Its `data` would be decoded to be looked at.
    if (hasParts(value)) return true;
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

/** A picture of that size to be drawn. */
export function blank(width: number, height: number): Image {
  const size = width * height * 3;
  try {
    return { width, height, data: new Uint8Array(size) };
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
