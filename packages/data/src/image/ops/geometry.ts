/** Cutting, padding and mirroring pictures, as `torchvision.transforms.functional` does on those of Pillow. */
import {
  anInteger,
  checkOptions,
  oneOf,
  optionKinds,
  requireKind,
  type Kind,
  integerFrom,
} from '@convnet/tensor-core';
import { asOwn, blank, requireImage, sizePair, type Image, aSide } from '../image.ts';
import { resizeBox, type Interpolation } from './resize.ts';
import type { Box } from './box.ts';

/** A colour, or a grey by one number. */
export type Fill = number | readonly [red: number, green: number, blue: number];

export const colourOf = (fill: Fill): readonly [number, number, number] =>
  typeof fill === 'number' ? [fill, fill, fill] : fill;

export const aFill: Kind = {
  expected: 'a grey as a number, or [red, green, blue]',
  accepts: (value) =>
    Number.isFinite(value) ||
    (Array.isArray(value) && value.length === 3 && value.every(Number.isFinite)),
};
export const anInterpolation: Kind = oneOf('nearest', 'bilinear', 'bicubic');
const aPlace = optionKinds<Box>({
  top: anInteger,
  left: anInteger,
  height: aSide,
  width: aSide,
});

/** @throws ArgumentError for what is no rectangle. */
export function requireBox(where: string, box: Box): void {
  checkOptions(`${where}: box`, box, aPlace, ['top', 'left', 'height', 'width']);
}

/**
 * A picture scaled to [height, width], or, by one number, so that its shorter side has that many pixels. Antialiased.
 */
export function resize(
  source: Image,
  size: number | readonly [height: number, width: number],
  interpolation: Interpolation = 'bilinear',
): Image {
  requireImage('resize', source);
  requireKind('resize', 'interpolation', interpolation, anInterpolation);
  const [height, width] =
    typeof size === 'number'
      ? shortSide(source, sizePair('resize', size)[0])
      : sizePair('resize', size);
  return resizeBox(source, whole(source), height, width, interpolation);
}

export const whole = ({ width, height }: Image): Box => ({ top: 0, left: 0, height, width });

function shortSide({ width, height }: Image, size: number): readonly [number, number] {
  return width <= height
    ? [Math.trunc((size * height) / width), size]
    : [size, Math.trunc((size * width) / height)];
}

/** A rectangle of a picture; what lies outside the picture is `fill`. */
export function crop(source: Image, box: Box, fill: Fill = 0): Image {
  requireImage('crop', source);
  requireBox('crop', box);
  requireKind('crop', 'fill', fill, aFill);
  const { top, left, height, width } = box;
  const out = blank(width, height);
  const inside =
    top >= 0 && left >= 0 && top + height <= source.height && left + width <= source.width;
  if (!inside) paint(out, fill);
  const first = Math.max(left, 0);
  const last = Math.min(left + width, source.width);
  if (last <= first) return out;
  for (let row = Math.max(top, 0); row < Math.min(top + height, source.height); row++) {
    const from = (row * source.width + first) * 3;
    const line = source.data.subarray(from, from + (last - first) * 3);
    out.data.set(line, ((row - top) * width + first - left) * 3);
  }
  return out;
}

/** Gives every pixel one colour. */
export function paint({ data }: Image, fill: Fill): void {
  const [red, green, blue] = colourOf(fill);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red;
    data[i + 1] = green;
    data[i + 2] = blue;
  }
}

/** The middle of a picture; where it is smaller, with black around it. */
export function centerCrop(
  source: Image,
  size: number | readonly [height: number, width: number],
): Image {
  requireImage('centerCrop', source);
  const [height, width] = sizePair('centerCrop', size);
  return crop(source, {
    top: middle(source.height, height),
    left: middle(source.width, width),
    height,
    width,
  });
}

/**
 * Where the middle begins. Halves go to the even number, as Python rounds them; of a picture that is too small the
 * greater part of the border comes behind it.
 */
function middle(extent: number, size: number): number {
  if (size > extent) return -Math.floor((size - extent) / 2);
  const exact = (extent - size) / 2;
  const floor = Math.floor(exact);
  return exact === floor || floor % 2 === 0 ? floor : floor + 1;
}

/** A rectangle of a picture, scaled to [height, width]. */
export function resizedCrop(
  source: Image,
  box: Box,
  size: number | readonly [height: number, width: number],
  interpolation: Interpolation = 'bilinear',
): Image {
  requireImage('resizedCrop', source);
  requireBox('resizedCrop', box);
  requireKind('resizedCrop', 'interpolation', interpolation, anInterpolation);
  const [height, width] = sizePair('resizedCrop', size);
  const { top, left } = box;
  const inside =
    top >= 0 && left >= 0 && top + box.height <= source.height && left + box.width <= source.width;
  if (inside) return resizeBox(source, box, height, width, interpolation);
  const part = crop(source, box);
  return resizeBox(part, whole(part), height, width, interpolation);
}

/** What the pixels outside an image are. */
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

/** One border, [left and right, top and bottom], or [left, top, right, bottom]. */
export type Padding =
  | number
  | readonly [number, number]
  | readonly [number, number, number, number];

export interface PadOptions {
  /** Default black. */
  readonly fill?: Fill;
  /** Default 'constant': of the colour `fill`. */
  readonly mode?: PaddingMode;
}

export const aPaddingMode: Kind = oneOf('constant', 'edge', 'reflect', 'symmetric');
export const padOptions: Readonly<Record<keyof PadOptions, Kind>> = optionKinds<PadOptions>({
  fill: aFill,
  mode: aPaddingMode,
});

/** A picture with a border: of one colour, of its last pixels, or mirrored at them or behind them. */
export function pad(source: Image, padding: Padding, options: PadOptions = {}): Image {
  requireImage('pad', source);
  requireKind('pad', 'padding', padding, somePadding);
  checkOptions('pad', options, padOptions);
  const { fill = 0, mode = 'constant' } = options;
  const [left, top, right, bottom] = bordersOf(padding);
  const [width, height] = [source.width + left + right, source.height + top + bottom];
  if (mode === 'constant') return crop(source, { top: -top, left: -left, height, width }, fill);
  const columns = Int32Array.from({ length: width }, (_, x) =>
    mirrored(x - left, source.width, mode),
  );
  const out = blank(width, height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = mirrored(y - top, source.height, mode) * source.width;
    for (let x = 0; x < width; x++, to += 3) {
      const from = (row + columns[x]!) * 3;
      out.data[to] = source.data[from]!;
      out.data[to + 1] = source.data[from + 1]!;
      out.data[to + 2] = source.data[from + 2]!;
    }
  }
  return out;
}

const aBorder = integerFrom(0, 2 ** 16);
/** One whole number from 0, or two or four of them. */
export const somePadding: Kind = {
  expected: `${aBorder.expected}, or a list of two or four of them`,
  accepts: (value) => {
    const given: unknown = typeof value === 'number' ? [value] : value;
    return (
      Array.isArray(given) &&
      [1, 2, 4].includes(given.length) &&
      given.every((border) => aBorder.accepts(border))
    );
  },
};

function bordersOf(padding: Padding): readonly [number, number, number, number] {
  const given: readonly number[] = typeof padding === 'number' ? [padding] : padding;
  const [left = 0, top = left, right = left, bottom = top] = given;
  return [left, top, right, bottom];
}

function mirrored(place: number, extent: number, mode: PaddingMode): number {
  if (mode === 'edge') return Math.min(Math.max(place, 0), extent - 1);
  const period = mode === 'reflect' ? Math.max(2 * extent - 2, 1) : 2 * extent;
  const inPeriod = ((place % period) + period) % period;
  if (inPeriod < extent) return inPeriod;
  return mode === 'reflect' ? period - inPeriod : period - 1 - inPeriod;
}

/** A picture with left and right exchanged. */
export function horizontalFlip(source: Image): Image {
  requireImage('horizontalFlip', source);
  const { width, height, data } = source;
  const mirrored = new Uint8Array(data.length);
  const line = width * 3;
  for (let start = 0; start < data.length; start += line) {
    for (let from = start, to = start + line - 3; to >= start; to -= 3, from += 3) {
      mirrored[to] = data[from]!;
      mirrored[to + 1] = data[from + 1]!;
      mirrored[to + 2] = data[from + 2]!;
    }
  }
  return asOwn({ width, height, data: mirrored });
}

/** A picture with top and bottom exchanged. */
export function verticalFlip(source: Image): Image {
  requireImage('verticalFlip', source);
  const { width, height, data } = source;
  const out = blank(width, height);
  const line = width * 3;
  for (let row = 0; row < height; row++) {
    out.data.set(data.subarray(row * line, (row + 1) * line), (height - 1 - row) * line);
  }
  return out;
}

/** A picture turned by a quarter, half or three quarters of a turn, counter-clockwise. */
export function turn(source: Image, quarters: number): Image {
  const { width, height, data } = source;
  const times = ((quarters % 4) + 4) % 4;
  if (times === 0) return asOwn({ width, height, data: new Uint8Array(data) });
  const out = times === 2 ? blank(width, height) : blank(height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [row, column] =
        times === 1
          ? [width - 1 - x, y]
          : times === 2
            ? [height - 1 - y, width - 1 - x]
            : [x, height - 1 - y];
      const from = (y * width + x) * 3;
      const to = (row * out.width + column) * 3;
      out.data[to] = data[from]!;
      out.data[to + 1] = data[from + 1]!;
      out.data[to + 2] = data[from + 2]!;
    }
  }
  return out;
}
