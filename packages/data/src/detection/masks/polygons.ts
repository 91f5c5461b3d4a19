import { ArgumentError, formatValue, numbers, requireKind } from '@convnet/tensor-core';

import { aMaskSize, fillColumns } from './rle.ts';

/** Subdivisions of a pixel along which COCO follows an edge. */
const fineness = 5;

/**
 * The mask of polygons: what lies in at least one. Equal to pycocotools' `frPyObjects`, whose border decides by five steps within a
 * pixel, to the pixel.
 * @param polygons each [x1, y1, x2, y2, …] in pixels
 * @returns [height, width], row by row: 1 inside, 0 outside
 * @throws ArgumentError for polygons of fewer than three points.
 */
export function polygonMask(
  polygons: readonly (readonly number[])[],
  size: readonly [height: number, width: number],
): Uint8Array<ArrayBuffer> {
  requireKind('polygonMask', 'size', size, aMaskSize);
  if (!Array.isArray(polygons)) {
    throw new ArgumentError(
      `polygonMask: expected polygons as a list, got ${formatValue(polygons)}`,
    );
  }
  const [height, width] = size;
  const mask = new Uint8Array(height * width);
  for (const [i, polygon] of polygons.entries()) {
    if (!isPolygon(polygon)) {
      throw new ArgumentError(
        `polygonMask: expected polygons[${i}] as at least three points [x1, y1, x2, y2, …], got ${formatValue(polygon)}`,
      );
    }
    const crossings = crossingsOf(polygon, height, width);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      fillColumns(mask, crossings[k]!, crossings[k + 1]!, height, width);
    }
  }
  return mask;
}

/** Whether a value is a polygon [x1, y1, x2, y2, …] of at least three points. */
export function isPolygon(value: unknown): value is number[] {
  if (!numbers.accepts(value)) return false;
  const { length } = value as number[];
  return length >= 6 && length % 2 === 0;
}

/**
 * Where the border crosses the middles of columns, as places counted column by column, in their order, an even number of them:
 * between the first and the second lies the inside, and so on.
 */
function crossingsOf(polygon: readonly number[], height: number, width: number): number[] {
  const border = borderOf(polygon);
  const crossings: number[] = [];
  for (let i = 1; i < border.length; i++) {
    const [[u, v], [lastU, lastV]] = [border[i]!, border[i - 1]!];
    if (u === lastU) continue;
    const x = ((u < lastU ? u : u - 1) + 0.5) / fineness - 0.5;
    if (!Number.isInteger(x) || x < 0 || x > width - 1) continue;
    const y = (Math.min(v, lastV) + 0.5) / fineness - 0.5;
    crossings.push(x * height + Math.ceil(Math.min(Math.max(y, 0), height)));
  }
  crossings.push(height * width);
  return crossings.sort((a, b) => a - b);
}

/** Points along the whole border, in fifths of a pixel, one step apart along the longer axis of each edge. */
function borderOf(polygon: readonly number[]): [x: number, y: number][] {
  const fine = polygon.map((value) => Math.trunc(fineness * value + 0.5));
  const border: [number, number][] = [];
  for (let i = 0; i < fine.length; i += 2) {
    const next = (i + 2) % fine.length;
    const [x1, y1, x2, y2] = [fine[i]!, fine[i + 1]!, fine[next]!, fine[next + 1]!];
    const [across, down] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
    const isFlat = across >= down;
    const steps = isFlat ? across : down;
    // Always from the lesser end, so that an edge has the same points in both directions.
    const isBackward = isFlat ? x1 > x2 : y1 > y2;
    const [fromX, fromY] = isBackward ? [x2, y2] : [x1, y1];
    const rise = isBackward ? [x1 - x2, y1 - y2] : [x2 - x1, y2 - y1];
    const slope = steps === 0 ? 0 : (isFlat ? rise[1]! : rise[0]!) / steps;
    for (let step = 0; step <= steps; step++) {
      const t = isBackward ? steps - step : step;
      border.push(
        isFlat
          ? [fromX + t, Math.trunc(fromY + slope * t + 0.5)]
          : [Math.trunc(fromX + slope * t + 0.5), fromY + t],
      );
    }
  }
  return border;
}
