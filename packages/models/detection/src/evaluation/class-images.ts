import type { ClassDetections, ClassTruth } from './match-image.ts';

/** What is measured of objects by the numbers that they have in their image. */
export interface Measured {
  /** [found, wanted]: how far each of one is each of the other, 0 to 1. */
  readonly ious: Float64Array;
  readonly foundAreas: readonly number[];
  /** Where the truth does not say otherwise. */
  readonly wantedAreas: readonly number[];
}

/** Compares objects of an image: boxes, masks or keypoints. */
export type Overlaps = (
  image: number,
  found: readonly number[],
  wanted: readonly number[],
  crowd: readonly boolean[],
) => Measured;

/** Objects of one class in one image. */
export interface ClassImage {
  readonly found: ClassDetections;
  readonly truth: ClassTruth;
  readonly ious: Float64Array;
}

/** What both boxes and keypoints have for their images. */
interface Labelled {
  readonly labels: ArrayLike<number>;
}
interface LabelledTruth extends Labelled {
  readonly crowd?: ArrayLike<number>;
  readonly areas?: ArrayLike<number>;
}

/** All labels that occur, in their order. */
export function labelsIn(...lists: readonly (readonly Labelled[])[]): number[] {
  const labels = new Set<number>();
  for (const { labels: own } of lists.flat())
    for (const label of Array.from(own)) labels.add(label);
  return [...labels].sort((a, b) => a - b);
}

/**
 * The objects of one class in all images that have some.
 * @param most detections of an image that count, the best ones
 * @param ignores what need not be found besides crowds, by image and number of the truth
 */
export function classImages(
  label: number,
  detections: readonly (Labelled & { readonly scores: ArrayLike<number> })[],
  truths: readonly LabelledTruth[],
  overlaps: Overlaps,
  most: number,
  ignores: (image: number, truth: number) => boolean = () => false,
): ClassImage[] {
  return detections.flatMap(({ labels, scores }, image): ClassImage[] => {
    const truth = truths[image]!;
    const found = numbersOf(labels, label)
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .slice(0, most);
    const wanted = numbersOf(truth.labels, label);
    if (found.length === 0 && wanted.length === 0) return [];
    const crowd = wanted.map((i) => Boolean(truth.crowd?.[i]));
    const { ious, foundAreas, wantedAreas } = overlaps(image, found, wanted, crowd);
    return [
      {
        ious,
        found: {
          count: found.length,
          areas: foundAreas,
          scores: found.map((i) => scores[i]!),
        },
        truth: {
          count: wanted.length,
          crowd,
          ignored: wanted.map((i, g) => crowd[g]! || ignores(image, i)),
          areas: wanted.map((i, g) => truth.areas?.[i] ?? wantedAreas[g]!),
        },
      },
    ];
  });
}

function numbersOf(labels: ArrayLike<number>, label: number): number[] {
  return Array.from({ length: labels.length }, (_, i) => i).filter((i) => labels[i] === label);
}
