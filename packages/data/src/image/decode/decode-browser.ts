import type { Image } from '../image.ts';
import { fromGrey } from './colours.ts';
import type { DecodeOptions } from './options.ts';
import { withoutOrientation } from './orientation.ts';

/** Decodes by the browser, but for PNG of 16 bits a colour, of which browsers give the upper 8. */
export async function decodeInBrowser(bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  if (isWidePng(bytes)) return decodeWidePng(bytes, options);
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
  const rgba = context.getImageData(0, 0, width, height).data;
  const plain = isOpaque(rgba) ? null : await decodePlain(upright, width, height);
  return withoutAlpha(plain ?? rgba, width, height);
}

function isOpaque(rgba: ArrayLike<number>): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

/** Of WebCodecs' `ImageDecoder`, which types of the DOM lack, what is used here. */
interface Decoder {
  decode(): Promise<{ readonly image: VideoFrame }>;
  close(): void;
}

/**
 * Colours as they are in the file. A canvas holds them multiplied by their alpha, so of a pixel that is nearly transparent they
 * come back coarser; `ImageDecoder` leaves them alone. null in browsers without one.
 */
async function decodePlain(
  bytes: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array | null> {
  const { ImageDecoder: make } = globalThis as {
    readonly ImageDecoder?: new (options: object) => Decoder;
  };
  const type = bytes[0] === 0x89 ? 'image/png' : bytes[0] === 0x52 ? 'image/webp' : null;
  if (make === undefined || type === null) return null;
  const options = { data: bytes, type, premultiplyAlpha: 'none', colorSpaceConversion: 'none' };
  const decoder = new make(options);
  try {
    const { image } = await decoder.decode();
    const { format } = image;
    const isKnown = format === 'RGBA' || format === 'BGRA';
    const data = new Uint8Array(width * height * 4);
    if (isKnown) await image.copyTo(data);
    image.close();
    if (!isKnown) return null;
    if (format === 'RGBA') return data;
    for (let i = 0; i < data.length; i += 4) {
      [data[i], data[i + 2]] = [data[i + 2]!, data[i]!];
    }
    return data;
  } finally {
    decoder.close();
  }
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

/** Whether a file is a PNG of 16 bits a colour, by its header (PNG 1.2, section 4.1.1). */
function isWidePng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[24] === 16;
}

/** As Pillow: the upper 8 bits of each colour, but grey alone is clipped. */
async function decodeWidePng(
  bytes: Uint8Array,
  { grey16 = 'clip' }: DecodeOptions,
): Promise<Image> {
  const { decode } = await import('fast-png');
  const { width, height, channels, data } = decode(bytes, { checkCrc: true });
  const clips = channels === 1 && grey16 === 'clip';
  const narrow = Uint8Array.from(data, (value) => (clips ? Math.min(value, 255) : value >> 8));
  const count = width * height;
  if (channels < 3) {
    return fromGrey(channels === 1 ? narrow : narrow.filter((_, i) => i % 2 === 0), width, height);
  }
  const colours = new Uint8Array(3 * count);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let c = 0; c < 3; c++) colours[3 * pixel + c] = narrow[channels * pixel + c]!;
  }
  return { width, height, data: colours };
}
