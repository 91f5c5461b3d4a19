import { checkOptions, oneOf, optionKinds } from '@convnet/tensor-core';

import { boxOverlaps } from './box-overlaps.ts';
import { classImages, labelsIn } from './class-images.ts';
import { curvesOf, meanPrecision, meanRecall } from './curves.ts';
import { maskOverlaps } from './mask-overlaps.ts';
import { requirePairs, type ScoredBoxes, type Truth } from './truth.ts';

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
  /** What is compared: boxes, or masks, which detections and truths must have then. Default 'bbox'. */
  readonly iouType?: 'bbox' | 'segm';
}

const cocoOptions = optionKinds<CocoOptions>({
  dims: oneOf(1, 2),
  iouType: oneOf('bbox', 'segm'),
});

/** The most detections of an image and class. */
const most = 100;

/**
 * Average precision and recall of detections, as COCO measures them: equal to pycocotools' COCOeval.
 * @param detections of each image, as `detect` gives them
 * @param truths of the same images
 * @throws ArgumentError where they do not pair, and for masks that are missing or of different sizes, by image and number.
 */
export function cocoMetrics(
  detections: readonly ScoredBoxes[],
  truths: readonly Truth[],
  options: CocoOptions = {},
): CocoMetrics {
  checkOptions('cocoMetrics', options, cocoOptions);
  requirePairs('cocoMetrics', detections, truths);
  const { dims = 2, iouType = 'bbox' } = options;
  const overlaps =
    iouType === 'segm'
      ? maskOverlaps('cocoMetrics', detections, truths)
      : boxOverlaps('cocoMetrics', detections, truths, dims);
  const classes = labelsIn(detections, truths);
  const curves = classes.map((label) =>
    curvesOf(classImages(label, detections, truths, overlaps, most)),
  );
  return {
    map: meanPrecision(curves, 'all', most),
    map50: meanPrecision(curves, 'all', most, [0]),
    map75: meanPrecision(curves, 'all', most, [5]),
    mapSmall: meanPrecision(curves, 'small', most),
    mapMedium: meanPrecision(curves, 'medium', most),
    mapLarge: meanPrecision(curves, 'large', most),
    mar1: meanRecall(curves, 'all', 1),
    mar10: meanRecall(curves, 'all', 10),
    mar100: meanRecall(curves, 'all', most),
    marSmall: meanRecall(curves, 'small', most),
    marMedium: meanRecall(curves, 'medium', most),
    marLarge: meanRecall(curves, 'large', most),
    perClass: new Map(classes.map((label, i) => [label, meanPrecision([curves[i]!], 'all', most)])),
  };
}
