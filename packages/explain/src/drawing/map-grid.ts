import { aColourMap, drawingKinds } from '../kinds.ts';
import {
  ArgumentError,
  aCount,
  checkOptions,
  integerFrom,
  optionKinds,
} from '@convnet/tensor-core';

import { diverging, sequential, type ColourMap } from './colours.ts';
import { rangeOf, readNumbers, sampleOf, share, type Drawable, type Numbers } from './numbers.ts';
import { drawImage, drawSignal, gridOf, type Box } from './picture.ts';
import { pixelImage } from './pixels.ts';
import { Drawing, margin, type DrawingOptions } from './svg.ts';

export interface FilterGridOptions extends DrawingOptions {
  /** Filters to show at most, the first ones. Default 64. Of each, the first 16 channels are shown. */
  readonly most?: number;
  /** Filters side by side. Default: about a square. */
  readonly columns?: number;
}

const filterGridOptions = optionKinds<FilterGridOptions>({
  ...drawingKinds,
  most: aCount,
  columns: aCount,
});

/** Channels of a filter that are shown at most. */
const mostChannels = 16;

/**
 * The filters of a convolution as SVG. Those of images with three channels are shown in their colours, each from its least
 * to its greatest weight; others have a row of channels, from blue (negative) to red. Those of signals are lines.
 *
 * @param weight [outChannels, inChannels, kernel…] in one or two dimensions, as `filters` gives it
 * @throws ShapeError, ArgumentError.
 */
export async function filterGrid(
  weight: Drawable,
  options: FilterGridOptions = {},
): Promise<string> {
  const where = 'filterGrid';
  checkOptions(where, options, filterGridOptions);
  const drawing = new Drawing(options);
  const numbers = await readNumbers(where, 'the filters', weight, [3, 4]);
  const { most = 64 } = options;
  const [allFilters, allChannels] = numbers.shape as [number, number];
  const count = Math.min(most, allFilters);
  const isSignal = numbers.shape.length === 3;
  const channels = isSignal ? allChannels : Math.min(mostChannels, allChannels);
  const isColour = !isSignal && channels === 3;
  const side = isSignal ? { width: 96, height: 56 } : scaled(numbers.shape.slice(2), 48);
  const width = isSignal || isColour ? side.width : channels * (side.width + 2) - 2;
  const square = Math.max(1, Math.round(Math.sqrt((count * side.height) / width)));
  const columns = options.columns ?? Math.min(16, square);
  const cell = { width, height: side.height };
  const grid = gridOf(count, columns, cell, { x: margin, y: drawing.top }, 8);
  const [low, high] = rangeOf(numbers.data);
  const greatest = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const parts = grid.boxes.map((box, i) => {
    const filter = sampleOf(numbers, i);
    if (isSignal) {
      const line = drawSignal(drawing, overlaid(filter), box);
      return `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" ${drawing.stroke('rule')}/>${line}`;
    }
    if (isColour) return drawImage(stretched(filter), box, {});
    return Array.from({ length: channels }, (_, channel) => {
      const { data, shape } = sampleOf(filter, channel);
      const at = { ...box, x: box.x + channel * (side.width + 2), width: side.width };
      const value = (k: number): number => (Number.isFinite(data[k]) ? data[k]! / greatest : 0);
      return pixelImage(at, shape[1]!, shape[0]!, (k) => diverging(value(k)));
    }).join('');
  });
  const shown = `${count} of ${allFilters} filters, ${channels} of ${allChannels} channels`;
  const below = drawing.top + grid.height + 18;
  const note = drawing.text(margin, below, shown, { role: 'soft', size: 11 });
  const whole = Math.max(grid.width, 220) + 2 * margin;
  return drawing.document(whole, below + margin, [...parts, note]);
}

/** From the least to the greatest weight as 0 to 1. */
function stretched({ data, shape }: Numbers): Numbers {
  const [low, high] = rangeOf(data);
  return { data: Float64Array.from(data, (value) => share(value, low, high)), shape };
}

/** Channels below one another take little room in a small box: as they are, up to four, else their mean. */
function overlaid(filter: Numbers): Numbers {
  const [channels, length] = filter.shape as [number, number];
  if (channels <= 4) return filter;
  const data = Float64Array.from({ length }, (_, i) => {
    let total = 0;
    for (let channel = 0; channel < channels; channel++)
      total += filter.data[channel * length + i]!;
    return total / channels;
  });
  return { data, shape: [1, length] };
}

export interface FeatureMapGridOptions extends DrawingOptions {
  /** Which sample, from 0. Default 0. */
  readonly sample?: number;
  /** Maps to show at most, the first ones. Default 64. */
  readonly most?: number;
  /** Maps side by side. Default 8 of images, 2 of signals. */
  readonly columns?: number;
  /** Of images. Default 'viridis'. */
  readonly colours?: ColourMap;
}

const featureMapGridOptions = optionKinds<FeatureMapGridOptions>({
  ...drawingKinds,
  sample: integerFrom(0),
  most: aCount,
  columns: aCount,
  colours: aColourMap,
});

/**
 * What the channels of a layer gave for one sample, as SVG, each from its least to its greatest number.
 * @param maps [N, channels, H, W] or [N, channels, L], as `featureMaps` gives it
 * @throws ShapeError, ArgumentError.
 */
export async function featureMapGrid(
  maps: Drawable,
  options: FeatureMapGridOptions = {},
): Promise<string> {
  const where = 'featureMapGrid';
  checkOptions(where, options, featureMapGridOptions);
  const drawing = new Drawing(options);
  const { sample = 0, most = 64, colours = 'viridis' } = options;
  const numbers = await readNumbers(where, 'the maps', maps, [3, 4]);
  const samples = numbers.shape[0]!;
  if (sample >= samples) {
    throw new ArgumentError(`${where}: expected sample from 0 to ${samples - 1}, got ${sample}`);
  }
  const channels = sampleOf(numbers, sample);
  const count = Math.min(most, channels.shape[0]!);
  const isSignal = numbers.shape.length === 3;
  const columns = options.columns ?? (isSignal ? 2 : 8);
  const cell = isSignal ? { width: 300, height: 44 } : scaled(numbers.shape.slice(2), 84);
  const grid = gridOf(count, columns, cell, { x: margin, y: drawing.top }, 8);
  const parts = grid.boxes.map((box, i) => drawMap(drawing, sampleOf(channels, i), box, colours));
  const shown = `${count} of ${channels.shape[0]!} channels`;
  const below = drawing.top + grid.height + 18;
  const note = drawing.text(margin, below, shown, { role: 'soft', size: 11 });
  return drawing.document(Math.max(grid.width, 160) + 2 * margin, below + margin, [...parts, note]);
}

function drawMap(drawing: Drawing, map: Numbers, box: Box, colours: ColourMap): string {
  const [low, high] = rangeOf(map.data);
  const title = `<title>${low.toPrecision(3)} to ${high.toPrecision(3)}</title>`;
  const [rows, columns] = map.shape;
  if (columns === undefined) {
    const line = drawSignal(drawing, { data: map.data, shape: [1, rows!] }, box);
    return `<g>${title}<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" ${drawing.stroke('rule')}/>${line}</g>`;
  }
  const image = pixelImage(box, columns, rows!, (k) =>
    sequential(colours, share(map.data[k]!, low, high)),
  );
  return `<g>${title}${image}</g>`;
}

function scaled(shape: readonly number[], longest: number): { width: number; height: number } {
  const [rows, columns] = shape as [number, number];
  const scale = longest / Math.max(rows, columns);
  return { width: Math.max(2, columns * scale), height: Math.max(2, rows * scale) };
}
