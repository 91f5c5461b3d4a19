import { aColourMap, drawingKinds } from '../kinds.ts';
import {
  ArgumentError,
  formatShape,
  ShapeError,
  aCount,
  aString,
  checkOptions,
  listOf,
  numbers,
  optionKinds,
} from '@convnet/tensor-core';

import { diverging, sequential, type ColourMap } from './colours.ts';
import { rangeOf, readNumbers, sampleOf, type Drawable, type Numbers } from './numbers.ts';
import { drawImage, drawSignal, gridOf, type Box, type Brightness } from './picture.ts';
import { pixelImage, type Pixel } from './pixels.ts';
import { Drawing, fitted, margin, round, type DrawingOptions } from './svg.ts';

export interface RelevanceOptions extends DrawingOptions, Brightness {
  /** A text for each sample. */
  readonly captions?: readonly string[];
  /** Of images whose relevance has no sign. Default 'viridis'. */
  readonly colours?: ColourMap;
  /** Samples side by side. Default 3 images, 1 signal. */
  readonly columns?: number;
}

const relevanceOptions = optionKinds<RelevanceOptions>({
  ...drawingKinds,
  captions: listOf(aString),
  colours: aColourMap,
  columns: aCount,
  mean: numbers,
  std: numbers,
});

/**
 * Samples with what a network looked at, as SVG: images beside the same images under a heat map, signals on a ground that
 * is orange where they matter (blue where they speak against the class). Each sample has a scale of its own.
 *
 * @param input [N, C, H, W] or [N, C, L]
 * @param map [N, spatial…] as `gradCam` gives it, or [N, C, spatial…], of which channels are added up
 * @throws ShapeError where the two do not fit; ArgumentError.
 */
export async function relevancePicture(
  input: Drawable,
  map: Drawable,
  options: RelevanceOptions = {},
): Promise<string> {
  const where = 'relevancePicture';
  checkOptions(where, options, relevanceOptions);
  const drawing = new Drawing(options);
  const { colours = 'viridis', captions } = options;
  const samples = await readNumbers(where, 'the input', input, [3, 4]);
  const maps = await withoutChannels(where, map, samples);
  const count = samples.shape[0]!;
  if (captions !== undefined && captions.length !== count) {
    throw new ArgumentError(
      `${where}: expected a caption for each of ${count} samples, got ${captions.length}`,
    );
  }
  const isSignal = samples.shape.length === 3;
  const columns = options.columns ?? (isSignal ? 1 : 3);
  const size = isSignal ? signalSize(samples.shape[1]!) : imagePairSize(samples.shape);
  const captionHeight = captions === undefined ? 0 : 22;
  const cell = { width: size.width, height: size.height + captionHeight };
  const { boxes, width, height } = gridOf(
    count,
    columns,
    cell,
    { x: margin, y: drawing.top },
    isSignal ? 14 : 20,
  );
  const parts = boxes.flatMap((box, i) => {
    const at = { ...box, y: box.y + captionHeight, height: size.height };
    const [sample, relevance] = [sampleOf(samples, i), sampleOf(maps, i)];
    const caption =
      captions === undefined
        ? []
        : [drawing.text(box.x, box.y + 14, fitted(captions[i]!, box.width, 12))];
    const drawn = isSignal
      ? signalParts(drawing, sample, relevance, at)
      : imageParts(drawing, sample, relevance, at, colours, options);
    return [...caption, ...drawn];
  });
  const isSigned = rangeOf(maps.data)[0] < 0;
  const legend = drawLegend(drawing, drawing.top + height + 22, isSignal, isSigned, colours);
  const whole = Math.max(width, 190) + 2 * margin;
  return drawing.document(whole, drawing.top + height + 38 + margin, [...parts, legend]);
}

async function withoutChannels(where: string, map: Drawable, samples: Numbers): Promise<Numbers> {
  const rank = samples.shape.length;
  const found = await readNumbers(where, 'the map', map, [rank - 1, rank]);
  const [count, channels] = samples.shape as [number, number];
  const spatial = samples.shape.slice(2);
  const hasChannels = found.shape.length === rank;
  const expected = hasChannels ? samples.shape : [count, ...spatial];
  if (String(found.shape) !== String(expected)) {
    throw new ShapeError(
      `${where}: expected a map ${formatShape([count, ...spatial])} of the input ${formatShape(samples.shape)}, got ${formatShape(found.shape)}`,
    );
  }
  if (!hasChannels) return found;
  const size = spatial.reduce((product, extent) => product * extent, 1);
  const data = Float64Array.from({ length: count * size }, (_, i) => {
    const start = Math.floor(i / size) * channels * size + (i % size);
    let total = 0;
    for (let channel = 0; channel < channels; channel++)
      total += found.data[start + channel * size]!;
    return total;
  });
  return { data, shape: [count, ...spatial] };
}

/** The greatest magnitude, by which a sample's relevance is divided. */
function greatestOf(relevance: Numbers): number {
  const [low, high] = rangeOf(relevance.data);
  return Math.max(Math.abs(low), Math.abs(high)) || 1;
}

function imageParts(
  drawing: Drawing,
  image: Numbers,
  relevance: Numbers,
  box: Box,
  colours: ColourMap,
  brightness: Brightness,
): string[] {
  const [rows, columns] = relevance.shape as [number, number];
  const width = (box.width - 6) / 2;
  const [left, right] = [
    { ...box, width },
    { ...box, x: box.x + width + 6, width },
  ];
  const greatest = greatestOf(relevance);
  const isSigned = rangeOf(relevance.data)[0] < 0;
  const heat = (i: number): Pixel => {
    const value = relevance.data[i]! / greatest;
    const t = Number.isFinite(value) ? value : 0;
    return isSigned
      ? diverging(t, 0.85 * Math.sqrt(Math.abs(t)))
      : sequential(colours, t, 0.35 + 0.45 * t);
  };
  return [
    drawImage(image, left, brightness),
    drawImage(image, right, brightness),
    pixelImage(right, columns, rows, heat),
    ...[left, right].map(
      (at) =>
        `<rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" ${drawing.stroke('rule')}/>`,
    ),
  ];
}

/** Neither hides a dark line nor a light one. */
const speaksFor = [232, 131, 42] as const;
const speaksAgainst = [66, 133, 214] as const;

function signalParts(drawing: Drawing, signal: Numbers, relevance: Numbers, box: Box): string[] {
  const greatest = greatestOf(relevance);
  const ground = (i: number): Pixel => {
    const value = relevance.data[i]! / greatest;
    const t = Number.isFinite(value) ? value : 0;
    return [...(t < 0 ? speaksAgainst : speaksFor), Math.round(205 * Math.abs(t))];
  };
  return [
    pixelImage(box, relevance.shape[0]!, 1, ground),
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" ${drawing.stroke('rule')}/>`,
    drawSignal(drawing, signal, box),
  ];
}

function drawLegend(
  drawing: Drawing,
  y: number,
  isSignal: boolean,
  isSigned: boolean,
  colours: ColourMap,
): string {
  const steps = 64;
  const pixel = (i: number): Pixel => {
    const t = isSigned ? (2 * i) / (steps - 1) - 1 : i / (steps - 1);
    if (isSignal) {
      return [...(t < 0 ? speaksAgainst : speaksFor), Math.round(205 * Math.abs(t))];
    }
    return isSigned ? diverging(t) : sequential(colours, t);
  };
  const [low, high] = isSigned ? ['against', 'for the class'] : ['little', 'much'];
  const start = margin + 5.2 * low.length + 10;
  return (
    drawing.text(margin, y + 9, low, { role: 'soft', size: 11 }) +
    pixelImage({ x: round(start), y, width: 80, height: 10 }, steps, 1, pixel) +
    drawing.text(start + 88, y + 9, high, { role: 'soft', size: 11 })
  );
}

function signalSize(channels: number): { width: number; height: number } {
  return { width: 640, height: Math.max(90, Math.min(44 * channels, 600)) };
}

function imagePairSize(shape: readonly number[]): { width: number; height: number } {
  const [rows, columns] = shape.slice(2) as [number, number];
  const scale = 150 / Math.max(rows, columns);
  return { width: 2 * Math.round(columns * scale) + 6, height: Math.round(rows * scale) };
}
