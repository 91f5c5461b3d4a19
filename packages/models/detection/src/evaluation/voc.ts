import { aBoolean, checkOptions, numberFrom, oneOf, optionKinds } from '@convnet/tensor-core';

import {
  commonSize,
  flatRows,
  requirePairs,
  sizedBoxes,
  type ScoredBoxes,
  type Truth,
} from './truth.ts';

/** Options of the VOC metrics. */
export interface VocOptions {
  /** A detection finds an object where they overlap more than this. Default 0.5. */
  readonly iouThreshold?: number;
  /**
   * The mean of the precision at 11 recalls, as until VOC 2009. Default false: the area under the precision-recall curve, as
   * from 2010 on.
   */
  readonly use07Metric?: boolean;
  /**
   * Whether the greatest coordinates name the last pixel inside, as VOC's own files and tools have it, so that sides are one
   * longer. Default false.
   */
  readonly inclusive?: boolean;
  /** Spatial axes: 1 for intervals in signals. Default 2. */
  readonly dims?: 1 | 2;
}

const vocOptions = optionKinds<VocOptions>({
  iouThreshold: numberFrom(0, 1),
  use07Metric: aBoolean,
  inclusive: aBoolean,
  dims: oneOf(1, 2),
});

/** The mean average precision of Pascal VOC, and that of each class. */
export interface VocMetrics {
  /** Mean over the classes that have objects; NaN where none has. */
  readonly map: number;
  /** By label. */
  readonly perClass: ReadonlyMap<number, number>;
}

/**
 * Average precision of detections, as the PASCAL VOC development kit measures it: each detection, the best first, is compared
 * with the object that it overlaps most; a second one of an object is wrong, one of a difficult object counts for nothing.
 * Everingham et al., "The PASCAL Visual Object Classes Challenge", 2010, section 4.2.
 * @throws ArgumentError where detections and truths do not pair.
 */
export function vocMetrics(
  detections: readonly ScoredBoxes[],
  truths: readonly Truth[],
  options: VocOptions = {},
): VocMetrics {
  checkOptions('vocMetrics', options, vocOptions);
  requirePairs('vocMetrics', detections, truths);
  const { iouThreshold = 0.5, use07Metric = false, inclusive = false, dims = 2 } = options;
  const classes = [...new Set(truths.flatMap(({ labels }) => Array.from(labels)))];
  const perClass = new Map<number, number>();
  for (const label of classes.sort((a, b) => a - b)) {
    const { verdicts, wanted } = judge(label);
    if (wanted > 0) perClass.set(label, averagePrecision(verdicts, wanted, use07Metric));
  }
  const values = [...perClass.values()];
  return { map: values.reduce((a, b) => a + b, 0) / values.length, perClass };

  /** For each detection of a class that counts, the best first: whether it is right. */
  function judge(label: number): { verdicts: boolean[]; wanted: number } {
    const grow = (row: number[]): number[] =>
      inclusive ? row.map((value, k) => (k < dims ? value : value + 1)) : row;
    const width = 2 * dims;
    const objects = truths.map(({ boxes, labels, difficult }, image) => {
      const flat = flatRows(boxes);
      const own = Array.from({ length: labels.length }, (_, i) => i).filter(
        (i) => labels[i] === label,
      );
      const rows = own.flatMap((i) => grow(flat.slice(i * width, (i + 1) * width)));
      return {
        boxes: sizedBoxes(`vocMetrics: truths of image ${image}`, rows, dims),
        difficult: own.map((i) => Boolean(difficult?.[i])),
        found: new Set<number>(),
      };
    });
    const all = detections.flatMap(({ boxes, labels, scores }, image) =>
      Array.from({ length: labels.length }, (_, i) => i)
        .filter((i) => labels[i] === label)
        .map((i) => ({
          image,
          score: scores[i]!,
          box: grow(Array.from({ length: width }, (_, k) => boxes[i * width + k]!)),
        })),
    );
    all.sort((a, b) => b.score - a.score);
    const verdicts: boolean[] = [];
    for (const { image, box } of all) {
      const { boxes, difficult, found } = objects[image]!;
      const own = sizedBoxes(`vocMetrics: detections of image ${image}`, box, dims);
      let [best, overlap] = [-1, -Infinity];
      for (let g = 0; g < boxes.count; g++) {
        const common = commonSize(own, 0, boxes, g, dims);
        const iou = common / (own.sizes[0]! + boxes.sizes[g]! - common);
        if (iou > overlap) [best, overlap] = [g, iou];
      }
      if (overlap > iouThreshold) {
        if (difficult[best]!) continue;
        verdicts.push(!found.has(best));
        found.add(best);
      } else {
        verdicts.push(false);
      }
    }
    const wanted = objects.reduce((n, { difficult }) => n + difficult.filter((d) => !d).length, 0);
    return { verdicts, wanted };
  }
}

function averagePrecision(verdicts: readonly boolean[], wanted: number, at11: boolean): number {
  const recall: number[] = [];
  const precision: number[] = [];
  let right = 0;
  for (const [i, isRight] of verdicts.entries()) {
    if (isRight) right++;
    recall.push(right / wanted);
    precision.push(right / (i + 1));
  }
  if (at11) {
    const best = Array.from({ length: 11 }, (_, i) =>
      Math.max(0, ...precision.filter((_, k) => recall[k]! >= i / 10)),
    );
    return best.reduce((a, b) => a + b, 0) / 11;
  }
  let [area, reached] = [0, 0];
  for (let i = precision.length - 2; i >= 0; i--) {
    precision[i] = Math.max(precision[i]!, precision[i + 1]!);
  }
  for (const [i, own] of recall.entries()) {
    area += (own - reached) * precision[i]!;
    reached = own;
  }
  return area;
}
