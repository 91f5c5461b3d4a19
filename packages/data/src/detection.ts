/** Pictures with boxes, masks and keypoints, signals with intervals: files and transforms. */
export {
  cocoDetection,
  parseCoco,
  type CocoAnnotations,
  type CocoOptions,
  type ParseCocoOptions,
} from './detection/coco.ts';
export {
  parseIntervals,
  type IntervalList,
  type IntervalOptions,
  type Intervals,
} from './detection/intervals.ts';
export {
  cropIntervals,
  randomCropIntervals,
  randomReverseIntervals,
  resampleIntervals,
  type IntervalCropOptions,
  type RandomReverseOptions,
  type IntervalSample,
  type IntervalTransform,
} from './detection/interval-transforms.ts';
export type { MovableObjects } from './detection/move-objects.ts';
export { polygonMask } from './detection/masks/polygons.ts';
export { decodeRle, encodeRle, type Rle } from './detection/masks/rle.ts';
export {
  DetectionDataset,
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotationReading,
  type DetectionDatasetOptions,
  type DetectionSample,
  type Segmentation,
} from './detection/sample.ts';
export { intervalsOf, sampleLabels, sampleMasks } from './detection/sample-labels.ts';
export {
  affine,
  crop,
  randomAffine,
  randomCrop,
  randomHorizontalFlip,
  randomVerticalFlip,
  resize,
  type DetectionAffineOptions,
  type DetectionCropOptions,
  type DetectionFlipOptions,
  type DetectionRandomAffineOptions,
  type DetectionTransform,
} from './detection/transforms.ts';
export {
  parseVoc,
  vocDetection,
  type VocAnnotation,
  type VocObject,
  type VocOptions,
} from './detection/voc.ts';
export { parseYolo, yoloDetection, type YoloOptions } from './detection/yolo.ts';
