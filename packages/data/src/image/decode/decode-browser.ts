import type { Image } from '../image.ts';
import type { DecodeOptions } from './options.ts';

/**
 * Decodes by the browser. A canvas holds colours multiplied by their alpha, so of a pixel that is nearly transparent
 * they come back coarser than they are in the file, and 16 bits a colour come back as the upper 8.
 */
export async function decodeInBrowser(bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
    imageOrientation: options.applyExifOrientation === true ? 'from-image' : 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
  })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { width, height, data };
}
