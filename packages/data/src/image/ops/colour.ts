/** Changes of colour as Pillow makes them (`ImageEnhance`, `ImageOps`, `Blend.c`, `Convert.c`, `Filter.c`). */
import { aNumber, numberFrom, requireKind, type Kind } from '@convnet/tensor-core';
import { asOwn, blank, requireImage, type Image } from '../image.ts';

/** A pixel's grey of 8 bits (ITU-R 601-2 luma, in fixed point). */
const lumaAt = (data: Uint8Array, at: number): number =>
  (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;

const aFactor = numberFrom(0, Infinity);
const aTurn = numberFrom(-0.5, 0.5);
const aDepth: Kind = {
  expected: 'an integer from 0 to 8',
  accepts: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 8,
};

/** `from` + `factor` · (`to` - `from`) in float32, cut to 0 … 255. */
function blend(
  from: (at: number) => number,
  { width, height, data }: Image,
  factor: number,
): Image {
  const out = blank(width, height);
  const share = Math.fround(factor);
  for (let i = 0; i < data.length; i++) {
    const start = from(i);
    const value = Math.fround(start + Math.fround(share * (data[i]! - start)));
    out.data[i] = value <= 0 ? 0 : value >= 255 ? 255 : value;
  }
  return out;
}

/** 0 gives black, 1 the picture, 2 twice its brightness. */
export function adjustBrightness(source: Image, factor: number): Image {
  requireImage('adjustBrightness', source);
  requireKind('adjustBrightness', 'factor', factor, aFactor);
  return blend(() => 0, source, factor);
}

/** 0 gives the mean grey, 1 the picture. */
export function adjustContrast(source: Image, factor: number): Image {
  requireImage('adjustContrast', source);
  requireKind('adjustContrast', 'factor', factor, aFactor);
  const { data } = source;
  let sum = 0;
  for (let at = 0; at < data.length; at += 3) sum += lumaAt(data, at);
  const mean = Math.trunc(sum / (data.length / 3) + 0.5);
  return blend(() => mean, source, factor);
}

/** 0 gives the grey picture, 1 the picture. */
export function adjustSaturation(source: Image, factor: number): Image {
  requireImage('adjustSaturation', source);
  requireKind('adjustSaturation', 'factor', factor, aFactor);
  const grey = grayscale(source).data;
  return blend((at) => grey[at]!, source, factor);
}

/** 0 gives a smoothed picture, 1 the picture, 2 a sharpened one. */
export function adjustSharpness(source: Image, factor: number): Image {
  requireImage('adjustSharpness', source);
  requireKind('adjustSharpness', 'factor', factor, aFactor);
  const smooth = smoothed(source).data;
  return blend((at) => smooth[at]!, source, factor);
}

/** 3x3 with 5 in the middle and 1 around it, over 13, in float32; the border is left as it is. */
function smoothed({ width, height, data }: Image): Image {
  const out = asOwn({ width, height, data: new Uint8Array(data) });
  const line = width * 3;
  const [side, middle] = [Math.fround(1 / 13), Math.fround(5 / 13)];
  const { fround } = Math;
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * line + 3; at < (y + 1) * line - 3; at++) {
      let sum = 0.5;
      for (const row of [at + line, at, at - line]) {
        const centre = row === at ? middle : side;
        let part = fround(fround(data[row - 3]! * side) + fround(data[row]! * centre));
        part = fround(part + fround(data[row + 3]! * side));
        sum = fround(sum + part);
      }
      out.data[at] = sum >= 255 ? 255 : sum;
    }
  }
  return out;
}

/** The grey of each pixel, three times. */
export function grayscale(source: Image): Image {
  requireImage('grayscale', source);
  const { width, height, data } = source;
  const out = blank(width, height);
  for (let at = 0; at < data.length; at += 3) {
    out.data[at] = out.data[at + 1] = out.data[at + 2] = lumaAt(data, at);
  }
  return out;
}

/**
 * Turns the hue by `factor` of a full turn, from -0.5 to 0.5, in Pillow's HSV of 8 bits.
 *
 * @throws ArgumentError for a factor outside.
 */
export function adjustHue(source: Image, factor: number): Image {
  requireImage('adjustHue', source);
  requireKind('adjustHue', 'factor', factor, aTurn);
  const { width, height, data } = source;
  const out = blank(width, height);
  const shift = Math.trunc(factor * 255);
  for (let at = 0; at < data.length; at += 3) {
    const [hue, saturation, value] = toHsv(data[at]!, data[at + 1]!, data[at + 2]!);
    writeHsv((hue + shift) & 255, saturation, value, out.data, at);
  }
  return out;
}

const byte = (value: number): number => Math.min(Math.max(Math.trunc(value), 0), 255);

function toHsv(red: number, green: number, blue: number): readonly [number, number, number] {
  const { fround } = Math;
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most === least) return [0, 0, most];
  const range = most - least;
  const [r, g, b] = [most - red, most - green, most - blue].map((gap) => fround(gap / range)) as [
    number,
    number,
    number,
  ];
  let sector: number;
  if (red === most) sector = fround(b - g);
  else if (green === most) sector = fround(2 + r - b);
  else sector = fround(4 + g - r);
  const hue = fround((sector / 6 + 1) % 1);
  return [byte(hue * 255), byte(fround(range / most) * 255), most];
}

function writeHsv(
  hue: number,
  saturation: number,
  value: number,
  out: Uint8Array,
  at: number,
): void {
  if (saturation === 0) {
    out[at] = out[at + 1] = out[at + 2] = value;
    return;
  }
  const { fround } = Math;
  const sector = Math.floor((hue * 6) / 255);
  const rest = fround((hue * 6) / 255 - sector);
  const share = fround(saturation / 255);
  const p = byte(Math.round(fround(value * (1 - share))));
  const q = byte(Math.round(fround(value * (1 - share * rest))));
  const t = byte(Math.round(fround(value * (1 - share * (1 - rest)))));
  const colours = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ][sector % 6]!;
  out[at] = colours[0]!;
  out[at + 1] = colours[1]!;
  out[at + 2] = colours[2]!;
}

/** Each byte by a table of its colour. */
function mapBytes({ width, height, data }: Image, tables: readonly ArrayLike<number>[]): Image {
  const out = blank(width, height);
  for (let at = 0; at < data.length; at++) out.data[at] = tables[at % 3]![data[at]!]!;
  return out;
}

const tableOf = (map: (value: number) => number): readonly Uint8Array[] => {
  const table = Uint8Array.from({ length: 256 }, (_, value) => map(value));
  return [table, table, table];
};

/** Keeps the upper `bits` of each colour. */
export function posterize(source: Image, bits: number): Image {
  requireImage('posterize', source);
  requireKind('posterize', 'bits', bits, aDepth);
  return mapBytes(
    source,
    tableOf((value) => value & ~(2 ** (8 - bits) - 1)),
  );
}

/** Inverts what is at or above `threshold`. */
export function solarize(source: Image, threshold: number): Image {
  requireImage('solarize', source);
  requireKind('solarize', 'threshold', threshold, aNumber);
  return mapBytes(
    source,
    tableOf((value) => (value < threshold ? value : 255 - value)),
  );
}

/** The negative of an image. */
export function invert(source: Image): Image {
  requireImage('invert', source);
  return mapBytes(
    source,
    tableOf((value) => 255 - value),
  );
}

function histograms({ data }: Image): readonly Float64Array[] {
  const counts = [0, 1, 2].map(() => new Float64Array(256));
  for (let at = 0; at < data.length; at++) counts[at % 3]![data[at]!]! += 1;
  return counts;
}

/** Stretches each colour so that its least value becomes 0 and its greatest 255. */
export function autoContrast(source: Image): Image {
  requireImage('autoContrast', source);
  return mapBytes(
    source,
    histograms(source).map((counts) => {
      const low = counts.findIndex((count) => count > 0);
      const high = counts.reduce((last, count, value) => (count > 0 ? value : last), 0);
      if (high <= low) return Uint8Array.from({ length: 256 }, (_, value) => value);
      const scale = 255 / (high - low);
      return Uint8Array.from({ length: 256 }, (_, value) => byte(value * scale - low * scale));
    }),
  );
}

/** Spreads each colour so that its values are about equally frequent. */
export function equalize(source: Image): Image {
  requireImage('equalize', source);
  return mapBytes(
    source,
    histograms(source).map((counts) => {
      const present = Array.from(counts).filter((count) => count > 0);
      const total = present.reduce((sum, count) => sum + count, 0);
      const step =
        present.length <= 1 ? 0 : Math.floor((total - present[present.length - 1]!) / 255);
      if (step === 0) return Uint8Array.from({ length: 256 }, (_, value) => value);
      let n = Math.floor(step / 2);
      return Uint8Array.from(counts, (count) => {
        const value = Math.floor(n / step);
        n += count;
        return Math.min(value, 255);
      });
    }),
  );
}
