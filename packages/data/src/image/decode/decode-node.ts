import { MissingPackageError } from '@convnet/tensor-core';
import type { Image } from '../image.ts';
import type { PictureSize } from '../crop-first.ts';
import type { Box } from '../ops/box.ts';
import { fromCmyk, fromGrey } from './colours.ts';
import { isInOrder, plainJpegSize } from './jpeg-segments.ts';
import type { DecodeOptions } from './options.ts';
import type * as sharpModule from 'sharp';

type Sharp = typeof sharpModule.default;

let loading: Promise<Sharp> | undefined;

/** @throws MissingPackageError where sharp is not installed. */
function loadSharp(): Promise<Sharp> {
  // By a name in a variable, so that bundlers for the browser do not look for it.
  const name = 'sharp';
  loading ??= (
    import(/* webpackIgnore: true */ /* @vite-ignore */ name) as Promise<typeof sharpModule>
  ).then(
    ({ default: sharp }) => {
      // Batches keep the cores busy; a thread pool a picture and a cache of what comes once a pass cost time.
      sharp.concurrency(1);
      sharp.cache(false);
      return sharp;
    },
    (cause: unknown) => {
      loading = undefined;
      throw new MissingPackageError('sharp', 'decoding pictures in Node', { cause });
    },
  );
  return loading;
}

/** Decodes by libvips. */
export async function decodeInNode(bytes: Uint8Array, options: DecodeOptions): Promise<Image> {
  const sharp = await loadSharp();
  let picture = sharp(bytes, { failOn: 'error', ignoreIcc: true, sequentialRead: false });
  if (plainJpegSize(bytes) !== null && options.applyExifOrientation !== true) {
    return pixelsOf(picture);
  }
  const { space, depth, channels } = await picture.metadata();
  const isGrey = channels < 3;
  if (options.applyExifOrientation === true) picture = picture.autoOrient();
  if (space === 'cmyk') {
    const ink = picture.pipelineColourspace('cmyk').toColourspace('cmyk').raw();
    const { data, info } = await ink.toBuffer({ resolveWithObject: true });
    return fromCmyk(data, info.width, info.height);
  }
  if (depth === 'ushort') {
    const kind = isGrey ? 'grey16' : 'rgb16';
    const { data, info } = await picture
      .removeAlpha()
      .pipelineColourspace(kind)
      .toColourspace(kind)
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const wide = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
    const { grey16 = 'clip' } = options;
    // Grey with alpha is scaled in Pillow too.
    const clips = channels === 1 && grey16 === 'clip';
    const narrow = Uint8Array.from(wide, (value) => (clips ? Math.min(value, 255) : value >> 8));
    if (isGrey) return fromGrey(narrow, info.width, info.height);
    return { width: info.width, height: info.height, data: narrow };
  }
  const { data, info } = await picture
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels === 1) return fromGrey(data, info.width, info.height);
  return { width: info.width, height: info.height, data: plain(data) };
}

/** The pixels of a picture of three colours. */
async function pixelsOf(picture: ReturnType<Sharp>): Promise<Image> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: plain(data) };
}

/** Without what Node's buffers do differently: their `slice` copies nothing. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Pixels of a picture below which its parts take as long as the whole. */
const leastToCut = 32_768;

/**
 * The size of a picture of which `decodeBoxInNode` can decode a part: a JPEG that is in order to its last bytes, since
 * what is missing or out of place below the part would go unseen. null of all else.
 */
export function sizeToCut(bytes: Uint8Array, options: DecodeOptions): PictureSize | null {
  if (options.applyExifOrientation === true) return null;
  const size = plainJpegSize(bytes);
  if (size === null || size.width * size.height < leastToCut) return null;
  return isInOrder(bytes) ? size : null;
}

/** The pixels of `box`, of a picture that `sizeToCut` knows. Lines below it are not decoded. */
export async function decodeBoxInNode(bytes: Uint8Array, box: Box): Promise<Image> {
  const sharp = await loadSharp();
  const picture = sharp(bytes, { failOn: 'error', ignoreIcc: true, sequentialRead: true });
  return pixelsOf(picture.extract(box));
}
