import { decodeRle, type Rle } from '@convnet/data/detection';
import { anyNumbers, ArgumentError, formatValue, withMethods } from '@convnet/tensor-core';

import { overlapOf } from './box-overlaps.ts';
import type { Overlaps } from './class-images.ts';
import type { Mask } from './truth.ts';

/** A mask by where its runs begin and end, in their order. */
interface Runs {
  readonly ends: Float64Array;
  readonly area: number;
  /** Elements of the image. */
  readonly size: number;
}

const giver = withMethods('a mask', 'full');

/** Masks of detections and truths, compared by the elements that they have in common. */
export function maskOverlaps(
  where: string,
  detections: readonly { readonly labels: ArrayLike<number>; readonly masks?: readonly Mask[] }[],
  truths: readonly { readonly labels: ArrayLike<number>; readonly masks?: readonly Mask[] }[],
): Overlaps {
  const [found, wanted] = [
    runsOfAll(`${where}: detections of image`, detections),
    runsOfAll(`${where}: truths of image`, truths),
  ];
  return (image, foundHere, wantedHere, crowd) => {
    const a = foundHere.map((i) => found[image]![i]!);
    const b = wantedHere.map((i) => wanted[image]![i]!);
    const sizes = new Set([...a, ...b].map(({ size }) => size));
    if (sizes.size > 1) {
      throw new ArgumentError(
        `${where}: image ${image}: expected masks of one size, got some of ${[...sizes].join(' and ')} elements`,
      );
    }
    return {
      ious: Float64Array.from(
        a.flatMap((own) =>
          b.map((other, g) => overlapOf(common(own, other), own.area, other.area, crowd[g]!)),
        ),
      ),
      foundAreas: a.map(({ area }) => area),
      wantedAreas: b.map(({ area }) => area),
    };
  };
}

function runsOfAll(
  where: string,
  images: readonly { readonly labels: ArrayLike<number>; readonly masks?: readonly Mask[] }[],
): Runs[][] {
  return images.map(({ labels, masks = [] }, image) => {
    if (!Array.isArray(masks) || masks.length !== labels.length) {
      throw new ArgumentError(
        `${where} ${image}: expected a mask for each of ${labels.length} objects, got ${masks.length}`,
      );
    }
    return masks.map((mask, i) => runsOf(pixelsOf(`${where} ${image}, ${i}`, mask)));
  });
}

function pixelsOf(where: string, mask: Mask): ArrayLike<number> {
  const given: unknown = giver.accepts(mask) ? (mask as { full(): unknown }).full() : mask;
  if (anyNumbers.accepts(given)) return given as ArrayLike<number>;
  if (typeof given === 'object' && given !== null && 'counts' in given) {
    return decodeRle(given as Rle);
  }
  throw new ArgumentError(
    `${where}: expected a mask as a list of numbers or as { size, counts }, got ${formatValue(given)}`,
  );
}

function runsOf(pixels: ArrayLike<number>): Runs {
  const ends: number[] = [];
  let area = 0;
  for (let i = 0; i < pixels.length; i++) {
    const inside = pixels[i]! > 0.5;
    if (inside) area++;
    if (inside !== (ends.length % 2 === 1)) ends.push(i);
  }
  if (ends.length % 2 === 1) ends.push(pixels.length);
  return { ends: Float64Array.from(ends), area, size: pixels.length };
}

/** Elements in both. */
function common({ ends: a }: Runs, { ends: b }: Runs): number {
  let [total, i, j] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    total += Math.max(Math.min(a[i + 1]!, b[j + 1]!) - Math.max(a[i]!, b[j]!), 0);
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return total;
}
