import type { Image } from '../image.ts';
import { withoutOrientation } from './orientation.ts';
import type { DecodeOptions } from './options.ts';

/**
 * Decodes by the browser. A canvas holds colours multiplied by their alpha, so of a pixel that is nearly transparent
 * they come back coarser than they are in the file, and 16 bits a colour come back as the upper 8.
 */
export async function decodeInBrowser(bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  const upright = options.applyExifOrientation === true ? bytes : withoutOrientation(bytes);
  const bitmap = await createImageBitmap(new Blob([upright as Uint8Array<ArrayBuffer>]), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
  })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return withoutAlpha(context.getImageData(0, 0, width, height).data, width, height);
}

/** Red, green and blue of pixels that have alpha too. */
export function withoutAlpha(rgba: ArrayLike<number>, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { width, height, data };
}
