export { featureMaps, filters } from './attribution/feature-maps.ts';
export { gradCam, type GradCamOptions } from './attribution/grad-cam.ts';
export {
  inputGradient,
  integratedGradients,
  saliency,
  smoothGrad,
  type IntegratedGradientsOptions,
  type SaliencyOptions,
  type SmoothGradOptions,
} from './attribution/gradients.ts';
export type { Target } from './attribution/score.ts';
export { MissingPackageError } from '@convnet/tensor-core';
export { NonFiniteError } from './errors.ts';
export {
  detectionPicture,
  type DetectionPictureOptions,
} from './drawing/detections/detection-picture.ts';
export type { DrawnObjects, FullMask } from './drawing/detections/objects.ts';
export type { ColourMap } from './drawing/colours.ts';
export {
  featureMapGrid,
  filterGrid,
  type FeatureMapGridOptions,
  type FilterGridOptions,
} from './drawing/map-grid.ts';
export type { Drawable } from './drawing/numbers.ts';
export type { Brightness } from './drawing/picture.ts';
export { relevancePicture, type RelevanceOptions } from './drawing/relevance.ts';
export { sampleGrid, type SampleGridOptions } from './drawing/sample-grid.ts';
export type { DrawingOptions, Theme } from './drawing/svg.ts';
export {
  trainingCurves,
  type EpochNumbers,
  type TrainingCurvesOptions,
} from './drawing/training-curves.ts';
export { toPng, type PngOptions } from './png/to-png.ts';
