/**
 * Resizing as Pillow does it on 8 bits (`Resample.c`, `Geometry.c`): antialiased, horizontally first, weights in fixed
 * point, rounded between the passes. torchvision resizes pictures by it.
 */
import { asOwn, blank, type Image } from '../image.ts';
import type { Box } from './box.ts';
import { resizeBy, resizeKernels } from './resize-kernels.ts';
import { cachedWeights, precision, type Weights } from './resize-weights.ts';

/** How resizing goes between pixels. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

const half = 1 << (precision - 1);

/** Rows that are done for one column after another, while its weights are at hand. */
const rowsAtOnce = 16;

/** Taps that are added up in one expression: a loop over a handful of them takes twice the time. */
const tapsAtOnce = 4;

/** Columns of the rows `top` … `top` + `rows` - 1 of a box that begins at column `left`. */
function resizeColumns(
  { data, width: sourceWidth }: Image,
  { left }: Box,
  top: number,
  rows: number,
  { starts, counts, weights, stride }: Weights,
  out: Uint8ClampedArray,
): void {
  const columns = starts.length;
  const pitch = sourceWidth * 3;
  for (let block = 0; block < rows; block += rowsAtOnce) {
    const end = Math.min(block + rowsAtOnce, rows);
    for (let column = 0; column < columns; column++) {
      const count = counts[column]!;
      const tap = column * stride;
      // Weights behind the last are 0, and what they weigh must be inside the row.
      const isWhole =
        starts[column]! + left + Math.ceil(count / tapsAtOnce) * tapsAtOnce <= sourceWidth;
      let from = (top + block) * pitch + (left + starts[column]!) * 3;
      let to = (block * columns + column) * 3;
      if (count <= tapsAtOnce && isWhole) {
        const w0 = weights[tap]!;
        const w1 = count > 1 ? weights[tap + 1]! : 0;
        const w2 = count > 2 ? weights[tap + 2]! : 0;
        const w3 = count > 3 ? weights[tap + 3]! : 0;
        for (let row = block; row < end; row++, from += pitch, to += columns * 3) {
          for (let i = 0; i < 3; i++) {
            const at = from + i;
            out[to + i] =
              (half +
                Math.imul(data[at]!, w0) +
                Math.imul(data[at + 3]!, w1) +
                Math.imul(data[at + 6]!, w2) +
                Math.imul(data[at + 9]!, w3)) >>
              precision;
          }
        }
        continue;
      }
      for (let row = block; row < end; row++, from += pitch, to += columns * 3) {
        let red = half;
        let green = half;
        let blue = half;
        for (let k = 0, at = from; k < count; k++, at += 3) {
          const weight = weights[tap + k]!;
          red = (red + Math.imul(data[at]!, weight)) | 0;
          green = (green + Math.imul(data[at + 1]!, weight)) | 0;
          blue = (blue + Math.imul(data[at + 2]!, weight)) | 0;
        }
        out[to] = red >> precision;
        out[to + 1] = green >> precision;
        out[to + 2] = blue >> precision;
      }
    }
  }
}

/** Rows of lines of `line` bytes. */
function resizeRows(
  data: Uint8Array | Uint8ClampedArray,
  line: number,
  pitch: number,
  offset: number,
  { starts, counts, weights, stride }: Weights,
  out: Uint8ClampedArray,
): void {
  const rows = starts.length;
  const sums = new Int32Array(line);
  for (let row = 0, to = 0; row < rows; row++, to += line) {
    const count = counts[row]!;
    const tap = row * stride;
    const from = offset + starts[row]! * pitch;
    if (count <= tapsAtOnce) {
      const w0 = weights[tap]!;
      const w1 = count > 1 ? weights[tap + 1]! : 0;
      const w2 = count > 2 ? weights[tap + 2]! : 0;
      const w3 = count > 3 ? weights[tap + 3]! : 0;
      // Behind the last row that counts another is read again, with a weight of 0.
      const second = count > 1 ? pitch : 0;
      const third = count > 2 ? 2 * pitch : 0;
      const fourth = count > 3 ? 3 * pitch : 0;
      for (let i = 0; i < line; i++) {
        const at = from + i;
        out[to + i] =
          (half +
            Math.imul(data[at]!, w0) +
            Math.imul(data[at + second]!, w1) +
            Math.imul(data[at + third]!, w2) +
            Math.imul(data[at + fourth]!, w3)) >>
          precision;
      }
      continue;
    }
    sums.fill(half);
    for (let k = 0; k < count; k++) {
      const weight = weights[tap + k]!;
      const start = from + k * pitch;
      for (let i = 0; i < line; i++) sums[i] = (sums[i]! + Math.imul(data[start + i]!, weight)) | 0;
    }
    for (let i = 0; i < line; i++) out[to + i] = sums[i]! >> precision;
  }
}

/** `box` of a picture, scaled to `height` x `width` as if it were a picture of its own. */
export function resizeBox(
  source: Image,
  box: Box,
  height: number,
  width: number,
  interpolation: Interpolation,
): Image {
  if (interpolation === 'nearest') return resizeNearest(source, box, height, width);
  const data = new Uint8Array(width * height * 3);
  const out = new Uint8ClampedArray(data.buffer);
  const across = width === box.width ? null : cachedWeights(box.width, width, interpolation);
  const down = height === box.height ? null : cachedWeights(box.height, height, interpolation);
  if (across === null && down === null) {
    for (let row = 0; row < height; row++) {
      const from = ((box.top + row) * source.width + box.left) * 3;
      data.set(source.data.subarray(from, from + width * 3), row * width * 3);
    }
  } else if (down === null) {
    resizeColumns(source, box, box.top, height, across!, out);
  } else if (across === null) {
    const offset = (box.top * source.width + box.left) * 3;
    resizeRows(source.data, width * 3, source.width * 3, offset, down, out);
  } else {
    const kernels = resizeKernels();
    if (kernels === null) return resizeByLoops(source, box, across, down);
    resizeBy(kernels, source, box, across, down, data);
  }
  return asOwn({ width, height, data });
}

/** Both passes, by the loops that are the specification of the kernels. */
export function resizeByLoops(source: Image, box: Box, across: Weights, down: Weights): Image {
  const [width, height] = [across.starts.length, down.starts.length];
  const between = new Uint8ClampedArray(box.height * width * 3);
  const data = new Uint8Array(width * height * 3);
  resizeColumns(source, box, box.top, box.height, across, between);
  resizeRows(between, width * 3, width * 3, 0, down, new Uint8ClampedArray(data.buffer));
  return asOwn({ width, height, data });
}

function resizeNearest(source: Image, box: Box, height: number, width: number): Image {
  const out = blank(width, height);
  const columns = Int32Array.from({ length: width }, (_, x) =>
    Math.floor((x + 0.5) * (box.width / width)),
  );
  for (let y = 0, to = 0; y < height; y++) {
    const row = box.top + Math.floor((y + 0.5) * (box.height / height));
    for (let x = 0; x < width; x++, to += 3) {
      const from = (row * source.width + box.left + columns[x]!) * 3;
      out.data[to] = source.data[from]!;
      out.data[to + 1] = source.data[from + 1]!;
      out.data[to + 2] = source.data[from + 2]!;
    }
  }
  return out;
}
