/** Pictures with boxes, signals with intervals: files and transforms. */
export {
  cocoDetection,
  parseCoco,
  type CocoAnnotations,
  type CocoOptions,
} from './detection/coco.ts';
export {
  parseIntervals,
  type IntervalList,
  type IntervalOptions,
  type Intervals,
} from './detection/intervals.ts';
export { polygonMask } from './detection/masks/polygons.ts';
export { decodeRle, encodeRle, type Rle } from './detection/masks/rle.ts';
export {
  DetectionDataset,
  type AnnotatedImage,
  type AnnotatedObject,
  type DetectionDatasetOptions,
  type DetectionSample,
} from './detection/sample.ts';
export {
  crop,
  randomCrop,
  randomHorizontalFlip,
  randomVerticalFlip,
  resize,
  type DetectionCropOptions,
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
