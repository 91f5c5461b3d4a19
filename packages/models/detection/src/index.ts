export { AnchorGenerator, type AnchorGeneratorOptions } from './proposals/anchor-generator.ts';
export { FeatureLayers } from './backbone/feature-layers.ts';
export { FeaturePyramid, type FeaturePyramidOptions } from './backbone/feature-pyramid.ts';
export {
  PyramidBackbone,
  type Backbone,
  type PyramidBackboneOptions,
} from './backbone/pyramid-backbone.ts';
export { BoxCoder } from './boxes/box-coder.ts';
export { boxIou } from './boxes/boxes.ts';
export { background, between, Matcher, type MatcherOptions } from './boxes/matcher.ts';
export { TargetError } from './errors.ts';
export {
  fasterrcnn_mobilenet_v3_large_320_fpn,
  fasterrcnn_mobilenet_v3_large_fpn,
  fasterrcnn_resnet18_fpn,
  fasterrcnn_resnet50_fpn,
  fasterrcnn_resnet50_fpn_v2,
  keypointrcnn_resnet18_fpn,
  keypointrcnn_resnet50_fpn,
  maskrcnn_resnet18_fpn,
  maskrcnn_resnet50_fpn,
  maskrcnn_resnet50_fpn_v2,
  type FasterRCNNOptions,
  type KeypointRCNNOptions,
  type SmallFasterRCNNOptions,
  type SmallKeypointRCNNOptions,
} from './fasterrcnn.ts';
export type { SoftMask } from './image/soft-mask.ts';
export { ranks } from './ranks.ts';
export {
  RCNN,
  type DenseOutputs,
  type Detection,
  type DetectionLosses,
  type LossesOptions,
} from './rcnn.ts';
export type { RCNNOptions } from './rcnn-options.ts';
export type { DetectionTarget } from './targets.ts';
export { cocoMetrics, type CocoMetrics, type CocoOptions } from './evaluation/coco.ts';
export {
  cocoKeypointMetrics,
  type CocoKeypointMetrics,
  type CocoKeypointOptions,
} from './evaluation/coco-keypoints.ts';
export type {
  Keypoints,
  KeypointTruth,
  ScoredKeypoints,
} from './evaluation/keypoint-similarity.ts';
export type { Mask, ScoredBoxes, Truth } from './evaluation/truth.ts';
export { vocMetrics, type VocMetrics, type VocOptions } from './evaluation/voc.ts';
export {
  fasterrcnn_mobilenet_v3_large_320_fpnWeights,
  fasterrcnn_mobilenet_v3_large_fpnWeights,
  fasterrcnn_resnet50_fpn_v2Weights,
  fasterrcnn_resnet50_fpnWeights,
  keypointrcnn_resnet50_fpnWeights,
  maskrcnn_resnet50_fpn_v2Weights,
  maskrcnn_resnet50_fpnWeights,
  type DetectionFiles,
  type DetectionWeights,
} from './weights.ts';
