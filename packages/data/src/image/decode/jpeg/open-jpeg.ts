import { pictureOfParts, type Image } from '../../image.ts';
import { grow, jpegKernels, slack, type JpegKernels } from './jpeg-kernels.ts';

/** The file whose coefficients are in the kernels' memory, and where memory is free behind them. */
let held: { readonly bytes: Uint8Array; readonly end: number } | undefined;

/** Reads all coefficients of a file; null where it is refused. */
function hold(kernels: JpegKernels, bytes: Uint8Array): typeof held | null {
  const { memory, base } = kernels;
  held = undefined;
  const start = rounded(base + bytes.length);
  grow(memory, start);
  new Uint8Array(memory.buffer, base, bytes.length).set(bytes);
  const size = kernels.open(base, bytes.length);
  if (size === 0) return null;
  const end = rounded(start + size);
  grow(memory, end);
  if (kernels.coefficients(start) === 0) return null;
  held = { bytes, end };
  return held;
}

const rounded = (place: number): number => Math.ceil((place + slack) / 16) * 16;

/**
 * An ordinary JPEG file as a picture of which only the pixels that are asked for are made; all of the file is read at once, so that
 * damage is seen wherever it is. Byte for byte what libjpeg-turbo gives by default. null for every other file, damaged ones too:
 * what is not baseline, of other colours than YCbCr, or larger than four million pixels.
 */
export function openJpeg(bytes: Uint8Array): Image | null {
  const kernels = jpegKernels();
  if (kernels === null || hold(kernels, bytes) === null) return null;
  return pictureOfParts(kernels.width(), kernels.height(), ({ top, left, height, width }) => {
    // Another picture may have been opened meanwhile.
    const { end } = held?.bytes === bytes ? held : hold(kernels, bytes)!;
    const size = height * width * 3;
    grow(kernels.memory, end + size + slack);
    kernels.part(top, left, height, width, end);
    return { width, height, data: new Uint8Array(kernels.memory.buffer, end, size) };
  });
}
