import { checkOptions, oneOf, optionKinds } from '@convnet/tensor-core';

import {
  falsePositive,
  matchImage,
  overlaps,
  truePositive,
  type ClassDetections,
  type ClassTruth,
  type Verdict,
} from './match-image.ts';
import { flatRows, requirePairs, sizedBoxes, type ScoredBoxes, type Truth } from './truth.ts';

/** COCO's twelve numbers; -1 where there is nothing to measure. */
export interface CocoMetrics {
  /** Mean average precision over thresholds of overlap from 0.5 to 0.95 in steps of 0.05. */
  readonly map: number;
  /** At an overlap of 0.5. */
  readonly map50: number;
  readonly map75: number;
  /** Of objects of less than 32², up to 96², and more. */
  readonly mapSmall: number;
  readonly mapMedium: number;
  readonly mapLarge: number;
  /** Mean of the greatest recall with 1, 10 and 100 detections of an image and class. */
  readonly mar1: number;
  readonly mar10: number;
  readonly mar100: number;
  readonly marSmall: number;
  readonly marMedium: number;
  readonly marLarge: number;
  /** `map` of each class that has objects or detections, by label. */
  readonly perClass: ReadonlyMap<number, number>;
}

/** Options of the COCO metrics. */
export interface CocoOptions {
  /** Spatial axes: 1 for intervals in signals, whose lengths take the place of areas. Default 2. */
  readonly dims?: 1 | 2;
}

const cocoOptions = optionKinds<CocoOptions>({ dims: oneOf(1, 2) });

const spaced = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) =>
    i === count - 1 ? to : i * ((to - from) / (count - 1)) + from,
  );

const thresholds = spaced(0.5, 0.95, 10);
const recalls = spaced(0, 1, 101);
const detectionLimits = [1, 10, 100] as const;
const everything = 1e10;
const areaRanges = {
  all: [0, everything],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, everything],
} as const;
type AreaName = keyof typeof areaRanges;

/** Of one class, one range of areas and one limit of detections: by threshold. */
interface Curve {
  /** [thresholds, recalls]; null where there is nothing to find. */
  readonly precision: readonly (readonly number[])[] | null;
  readonly recall: readonly number[] | null;
}

/**
 * Average precision and recall of detections, as COCO measures them: equal to pycocotools' COCOeval.
 * @param detections of each image, as `detect` gives them
 * @param truths of the same images
 * @throws ArgumentError where they do not pair.
 */
export function cocoMetrics(
  detections: readonly ScoredBoxes[],
  truths: readonly Truth[],
  options: CocoOptions = {},
): CocoMetrics {
  checkOptions('cocoMetrics', options, cocoOptions);
  requirePairs('cocoMetrics', detections, truths);
  const { dims = 2 } = options;
  const labels = new Set<number>();
  for (const list of [...detections, ...truths])
    for (const label of Array.from(list.labels)) labels.add(label);
  const classes = [...labels].sort((a, b) => a - b);
  const curves = classes.map((label) => curvesOf(label, detections, truths, dims));
  const precision = (
    area: AreaName,
    which: readonly number[] = [...thresholds.keys()],
    of = curves,
  ): number =>
    mean(
      of.flatMap((own) => {
        const { precision: table } = own(area, 100);
        return table === null ? [] : which.flatMap((t) => table[t]!);
      }),
    );
  const recall = (area: AreaName, limit: (typeof detectionLimits)[number]): number =>
    mean(curves.flatMap((own) => own(area, limit).recall ?? []));
  return {
    map: precision('all'),
    map50: precision('all', [0]),
    map75: precision('all', [5]),
    mapSmall: precision('small'),
    mapMedium: precision('medium'),
    mapLarge: precision('large'),
    mar1: recall('all', 1),
    mar10: recall('all', 10),
    mar100: recall('all', 100),
    marSmall: recall('small', 100),
    marMedium: recall('medium', 100),
    marLarge: recall('large', 100),
    perClass: new Map(
      classes.map((label, i) => [label, precision('all', undefined, [curves[i]!])]),
    ),
  };
}

function mean(values: readonly number[]): number {
  if (values.length === 0) return -1;
  return values.reduce((total, value) => total + value, 0) / values.length;
}

interface ClassImage {
  readonly found: ClassDetections;
  readonly truth: ClassTruth;
  readonly ious: Float64Array;
}

/** The curves of one class, each computed when it is asked for. */
function curvesOf(
  label: number,
  detections: readonly ScoredBoxes[],
  truths: readonly Truth[],
  dims: number,
): (area: AreaName, limit: number) => Curve {
  const images = detections.flatMap((detection, i): ClassImage[] => {
    const found = detectionsOf(detection, label, dims, i);
    const truth = truthOf(truths[i]!, label, dims, i);
    if (found.count === 0 && truth.count === 0) return [];
    return [{ found, truth, ious: overlaps(found, truth, dims) }];
  });
  const known = new Map<string, Curve>();
  const matched = new Map<AreaName, ReturnType<typeof matchImage>[][]>();
  return (area, limit) => {
    const key = `${area} ${limit}`;
    let curve = known.get(key);
    if (curve === undefined) {
      let byThreshold = matched.get(area);
      if (byThreshold === undefined) {
        byThreshold = thresholds.map((threshold) =>
          images.map(({ found, truth, ious }) =>
            matchImage(found, truth, ious, threshold, areaRanges[area]),
          ),
        );
        matched.set(area, byThreshold);
      }
      curve = curveOf(images, byThreshold, limit);
      known.set(key, curve);
    }
    return curve;
  };
}

function detectionsOf(
  { boxes, labels, scores }: ScoredBoxes,
  label: number,
  dims: number,
  image: number,
): ClassDetections {
  const own = Array.from({ length: labels.length }, (_, i) => i)
    .filter((i) => labels[i] === label)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, detectionLimits[2]);
  const rows = own.flatMap((i) =>
    Array.from({ length: 2 * dims }, (_, k) => boxes[i * 2 * dims + k]!),
  );
  return {
    ...sizedBoxes(`cocoMetrics: detections of image ${image}`, rows, dims),
    scores: own.map((i) => scores[i]!),
  };
}

function truthOf(
  { boxes, labels, crowd, areas }: Truth,
  label: number,
  dims: number,
  image: number,
): ClassTruth {
  const width = 2 * dims;
  const flat = flatRows(boxes);
  const own = Array.from({ length: labels.length }, (_, i) => i).filter((i) => labels[i] === label);
  const rows = own.flatMap((i) => flat.slice(i * width, (i + 1) * width));
  const sized = sizedBoxes(`cocoMetrics: truths of image ${image}`, rows, dims);
  return {
    ...sized,
    crowd: own.map((i) => Boolean(crowd?.[i])),
    areas: own.map((i, k) => areas?.[i] ?? sized.sizes[k]!),
  };
}

function curveOf(
  images: readonly ClassImage[],
  byThreshold: readonly (readonly ReturnType<typeof matchImage>[])[],
  limit: number,
): Curve {
  const wanted = byThreshold[0]!.reduce((total, match) => total + match.wanted, 0);
  if (wanted === 0) return { precision: null, recall: null };
  const scores = images.flatMap(({ found }) => found.scores.slice(0, limit));
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const tables = byThreshold.map((matches) => {
    const verdicts = matches.flatMap((match) => match.verdicts.slice(0, limit));
    return precisionAtRecalls(
      order.map((i) => verdicts[i]!),
      wanted,
    );
  });
  return {
    precision: tables.map(({ precision }) => precision),
    recall: tables.map(({ recall }) => recall),
  };
}

/** The greatest precision at each recall or beyond it, and the greatest recall. */
function precisionAtRecalls(
  verdicts: readonly Verdict[],
  wanted: number,
): { precision: number[]; recall: number } {
  const reached: number[] = [];
  const precise: number[] = [];
  let [right, wrong] = [0, 0];
  for (const verdict of verdicts) {
    if (verdict === truePositive) right++;
    else if (verdict === falsePositive) wrong++;
    reached.push(right / wanted);
    precise.push(right / (right + wrong + Number.EPSILON));
  }
  for (let i = precise.length - 1; i > 0; i--) {
    precise[i - 1] = Math.max(precise[i - 1]!, precise[i]!);
  }
  let at = 0;
  const precision = recalls.map((recall) => {
    while (at < reached.length && reached[at]! < recall) at++;
    return precise[at] ?? 0;
  });
  return { precision, recall: reached[reached.length - 1] ?? 0 };
}
