import { checkOptions, numberAbove, listOf, oneOf, optionKinds } from '@convnet/tensor-core';

import { classImages, labelsIn } from './class-images.ts';
import { curvesOf, meanPrecision, meanRecall } from './curves.ts';
import {
  flatKeypoints,
  hasVisible,
  keypointSimilarity,
  type KeypointTruth,
  type ScoredKeypoints,
} from './keypoint-similarity.ts';
import { keypointKinds, requirePairs } from './truth.ts';

/** COCO's ten numbers of keypoints; -1 where there is nothing to measure. */
export interface CocoKeypointMetrics {
  /** Mean average precision over thresholds of similarity from 0.5 to 0.95 in steps of 0.05. */
  readonly map: number;
  readonly map50: number;
  readonly map75: number;
  /** Of objects from 32² to 96², and more. */
  readonly mapMedium: number;
  readonly mapLarge: number;
  /** Mean of the greatest recall with 20 detections of an image. */
  readonly mar: number;
  readonly mar50: number;
  readonly mar75: number;
  readonly marMedium: number;
  readonly marLarge: number;
  /** `map` of each class that has objects or detections, by label. */
  readonly perClass: ReadonlyMap<number, number>;
}

/** Options of COCO's metrics of keypoints. */
export interface CocoKeypointOptions {
  /** How far people differ at each keypoint, as a share of the object's size. Default: COCO's, of the 17 of a person. */
  readonly sigmas?: readonly number[];
  /** Spatial axes: 1 for fiducial points in signals, where lengths take the place of areas. Default 2. */
  readonly dims?: 1 | 2;
}

const keypointOptions = optionKinds<CocoKeypointOptions>({
  sigmas: listOf(numberAbove(0)),
  dims: oneOf(1, 2),
});

/** Of nose, eyes, ears, shoulders, elbows, wrists, hips, knees and ankles, left before right. */
const personSigmas = [0.026, 0.025, 0.035, 0.079, 0.072, 0.062, 0.107, 0.087, 0.089].flatMap(
  (sigma, i) => (i === 0 ? [sigma] : [sigma, sigma]),
);

/** The most detections of an image and class. */
const most = 20;

/**
 * Average precision and recall of keypoints by their similarity, as COCO measures them: equal to pycocotools' COCOeval of
 * 'keypoints'. Objects without a visible keypoint need not be found.
 * @param detections of each image, as `detect` of Keypoint R-CNN gives them
 * @param truths of the same images; `areas` are those of masks in COCO's files, else of the boxes
 * @throws ArgumentError where they do not pair, and for another number of keypoints than of sigmas, by image.
 */
export function cocoKeypointMetrics(
  detections: readonly ScoredKeypoints[],
  truths: readonly KeypointTruth[],
  options: CocoKeypointOptions = {},
): CocoKeypointMetrics {
  const where = 'cocoKeypointMetrics';
  checkOptions(where, options, keypointOptions);
  requirePairs(where, detections, truths, keypointKinds);
  const { sigmas = personSigmas, dims = 2 } = options;
  const flat = (
    what: string,
    images: readonly (ScoredKeypoints | KeypointTruth)[],
  ): Float64Array[] =>
    images.map(({ keypoints, labels }, i) =>
      flatKeypoints(
        `${where}: ${what} of image ${i}`,
        keypoints,
        labels.length,
        sigmas.length,
        dims,
      ),
    );
  const [found, wanted] = [flat('detections', detections), flat('truths', truths)];
  const similarity = keypointSimilarity(where, found, wanted, truths, sigmas, dims);
  const ignores = (image: number, truth: number): boolean =>
    !hasVisible(wanted[image]!, truth, sigmas.length, dims);
  const classes = labelsIn(detections, truths);
  const curves = classes.map((label) =>
    curvesOf(classImages(label, detections, truths, similarity, most, ignores)),
  );
  return {
    map: meanPrecision(curves, 'all', most),
    map50: meanPrecision(curves, 'all', most, [0]),
    map75: meanPrecision(curves, 'all', most, [5]),
    mapMedium: meanPrecision(curves, 'medium', most),
    mapLarge: meanPrecision(curves, 'large', most),
    mar: meanRecall(curves, 'all', most),
    mar50: meanRecall(curves, 'all', most, [0]),
    mar75: meanRecall(curves, 'all', most, [5]),
    marMedium: meanRecall(curves, 'medium', most),
    marLarge: meanRecall(curves, 'large', most),
    perClass: new Map(classes.map((label, i) => [label, meanPrecision([curves[i]!], 'all', most)])),
  };
}
