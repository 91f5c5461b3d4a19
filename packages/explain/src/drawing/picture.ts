import { rangeOf, share, type Numbers } from './numbers.ts';
import { pixelImage } from './pixels.ts';
import { round, type Drawing } from './svg.ts';

/** Where a sample is drawn. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How numbers become brightness. */
export interface Brightness {
  /** Of each channel, as `Normalize` was given them; undone before drawing. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/**
 * An image [C, H, W]: three channels as colours, otherwise the mean of all as grey. Numbers from 0 to 1 are taken as they
 * are, others from the least to the greatest.
 */
export function drawImage(image: Numbers, box: Box, { mean, std }: Brightness): string {
  const [channels, rows, columns] = image.shape as [number, number, number];
  const plane = rows * columns;
  const values = Float64Array.from(image.data, (value, i) => {
    const channel = Math.floor(i / plane);
    return value * (std?.[channel] ?? 1) + (mean?.[channel] ?? 0);
  });
  const [least, greatest] = rangeOf(values);
  const isUnit = mean !== undefined || (least >= 0 && greatest <= 1);
  const [low, high] = isUnit ? [0, 1] : [least, greatest];
  const level = (value: number): number => Math.round(255 * share(value, low, high));
  return pixelImage(box, columns, rows, (i) => {
    if (channels === 3) {
      return [level(values[i]!), level(values[plane + i]!), level(values[2 * plane + i]!), 255];
    }
    let total = 0;
    for (let channel = 0; channel < channels; channel++) total += values[channel * plane + i]!;
    const grey = level(total / channels);
    return [grey, grey, grey, 255];
  });
}

/** A signal [C, L]: its channels one below the other, each from its least to its greatest number. */
export function drawSignal(drawing: Drawing, signal: Numbers, box: Box): string {
  const [channels, length] = signal.shape as [number, number];
  const height = box.height / channels;
  return Array.from({ length: channels }, (_, channel) => {
    const values = Array.from({ length }, (__, i) => signal.data[channel * length + i]!);
    const [low, high] = rangeOf(values);
    const top = box.y + channel * height;
    let path = '';
    let isOpen = false;
    for (const i of drawnPlaces(values, box.width)) {
      const value = values[i]!;
      if (!Number.isFinite(value)) {
        isOpen = false;
        continue;
      }
      const x = box.x + ((i + 0.5) / length) * box.width;
      const level = high > low ? share(value, low, high) : 0.5;
      const y = top + height * (0.92 - 0.84 * level);
      path += `${isOpen ? 'L' : 'M'}${round(x)} ${round(y)}`;
      isOpen = true;
    }
    return `<path d="${path}" stroke-width="1.3" stroke-linejoin="round" ${drawing.stroke('ink')}/>`;
  }).join('');
}

/** Samples for each unit of width from which on not all of them are drawn. */
const dense = 4;

/**
 * Which samples are drawn, in their order: all, or of many the least and the greatest for each unit of width, which look the same.
 * Samples that are not finite stay, as gaps.
 */
function drawnPlaces(values: readonly number[], width: number): number[] {
  const columns = Math.max(1, Math.round(width));
  if (values.length <= dense * columns) return [...values.keys()];
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column / columns) * values.length);
    const to = Math.floor(((column + 1) / columns) * values.length);
    let [least, greatest, gap] = [-1, -1, -1];
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) gap = i;
      else {
        if (least < 0 || value < values[least]!) least = i;
        if (greatest < 0 || value > values[greatest]!) greatest = i;
      }
    }
    return [...new Set([least, greatest, gap])].filter((i) => i >= 0).sort((a, b) => a - b);
  }).flat();
}

/** Where the boxes of a grid stand. */
export function gridOf(
  count: number,
  columns: number,
  cell: { readonly width: number; readonly height: number },
  origin: { readonly x: number; readonly y: number },
  gap: number,
): { boxes: readonly Box[]; width: number; height: number } {
  const across = Math.min(count, columns);
  const rows = Math.ceil(count / across);
  const boxes = Array.from({ length: count }, (_, i) => ({
    x: origin.x + (i % across) * (cell.width + gap),
    y: origin.y + Math.floor(i / across) * (cell.height + gap),
    ...cell,
  }));
  return {
    boxes,
    width: across * (cell.width + gap) - gap,
    height: rows * (cell.height + gap) - gap,
  };
}
