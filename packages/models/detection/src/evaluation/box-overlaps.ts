import { commonSize, flatRows, sizedBoxes, type ScoredBoxes, type Truth } from './truth.ts';
import type { Overlaps } from './class-images.ts';

/** Boxes, or intervals, compared by what they have in common. */
export function boxOverlaps(
  where: string,
  detections: readonly ScoredBoxes[],
  truths: readonly Truth[],
  dims: 1 | 2,
): Overlaps {
  const width = 2 * dims;
  const rowsOf = (boxes: Truth['boxes'], own: readonly number[]): number[] => {
    const flat = flatRows(boxes);
    return own.flatMap((i) => flat.slice(i * width, (i + 1) * width));
  };
  return (image, found, wanted, crowd) => {
    const a = sizedBoxes(
      `${where}: detections of image ${image}`,
      rowsOf(detections[image]!.boxes, found),
      dims,
    );
    const b = sizedBoxes(
      `${where}: truths of image ${image}`,
      rowsOf(truths[image]!.boxes, wanted),
      dims,
    );
    const ious = new Float64Array(found.length * wanted.length);
    for (let d = 0; d < found.length; d++) {
      for (let g = 0; g < wanted.length; g++) {
        const common = commonSize(a, d, b, g, dims);
        ious[d * wanted.length + g] = overlapOf(common, a.sizes[d]!, b.sizes[g]!, crowd[g]!);
      }
    }
    return { ious, foundAreas: Array.from(a.sizes), wantedAreas: Array.from(b.sizes) };
  };
}

/** Intersection over union; with a crowd the share of the detection that lies in it. */
export function overlapOf(common: number, own: number, other: number, crowd: boolean): number {
  if (common === 0) return 0;
  return common / (crowd ? own : own + other - common);
}
