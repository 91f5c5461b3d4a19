import type { ModelOptions } from '@convnet/layers';

import type { ranks } from './ranks.ts';

/** What every detector takes; names and defaults are torchvision's, in this library's spelling. */
export interface RCNNOptions extends ModelOptions<(typeof ranks)[number]> {
  /**
   * The shorter side that images are resized to; in training one of several is drawn. null: as they come, which is the
   * default for signals. Default 800 where the builder does not say otherwise.
   */
  readonly minSize?: number | readonly number[] | null;
  /** The most that the longer side is resized to. Default 1,333. */
  readonly maxSize?: number;
  /** Subtracted from each channel of values from 0 to 1. Default: ImageNet's for 3 channels of images, else 0. */
  readonly imageMean?: readonly number[] | undefined;
  /** Each channel is then divided by it. Default: ImageNet's for 3 channels of images, else 1. */
  readonly imageStd?: readonly number[] | undefined;
  /** For each level of the pyramid the sides of its anchors. */
  readonly anchorSizes?: readonly (readonly number[])[] | undefined;
  /** Images: ratios of height to width on all levels. Default [0.5, 1, 2]. */
  readonly aspectRatios?: readonly number[];
  /** The best anchors of each level that go into suppression, in training. Default 2,000. */
  readonly rpnPreNmsTopNTrain?: number;
  /** The same in evaluation. Default 1,000. */
  readonly rpnPreNmsTopNTest?: number;
  /** Proposals of an image that are left, in training. Default 2,000. */
  readonly rpnPostNmsTopNTrain?: number;
  /** The same in evaluation. Default 1,000. */
  readonly rpnPostNmsTopNTest?: number;
  /** Of two proposals that overlap more, one goes. Default 0.7. */
  readonly rpnNmsThresh?: number;
  /** Anchors that overlap an object so much are objects. Default 0.7. */
  readonly rpnFgIouThresh?: number;
  /** Anchors that overlap none so much are background. Default 0.3. */
  readonly rpnBgIouThresh?: number;
  /** Anchors of an image that are learned from in a step. Default 256. */
  readonly rpnBatchSizePerImage?: number;
  /** Share of objects among them, at most. Default 0.5. */
  readonly rpnPositiveFraction?: number;
  /** Proposals have at least this score. Default 0. */
  readonly rpnScoreThresh?: number;
  /** Detections have a greater score. Default 0.05. */
  readonly boxScoreThresh?: number;
  /** Of two detections of a class that overlap more, one goes. Default 0.5. */
  readonly boxNmsThresh?: number;
  /** Detections of an image, at most. Default 100. */
  readonly boxDetectionsPerImg?: number;
  /** Proposals that overlap an object so much are of its class. Default 0.5. */
  readonly boxFgIouThresh?: number;
  /** Proposals that overlap none so much are background. Default 0.5. */
  readonly boxBgIouThresh?: number;
  /** Proposals of an image that are learned from in a step. Default 512. */
  readonly boxBatchSizePerImage?: number;
  /** Share of objects among them, at most. Default 0.25. */
  readonly boxPositiveFraction?: number;
}

export const rcnnDefaults = {
  numClasses: 91,
  minSize: [800] as readonly number[] | null,
  maxSize: 1333,
  imageMean: undefined,
  imageStd: undefined,
  anchorSizes: undefined,
  aspectRatios: [0.5, 1, 2],
  rpnPreNmsTopNTrain: 2000,
  rpnPreNmsTopNTest: 1000,
  rpnPostNmsTopNTrain: 2000,
  rpnPostNmsTopNTest: 1000,
  rpnNmsThresh: 0.7,
  rpnFgIouThresh: 0.7,
  rpnBgIouThresh: 0.3,
  rpnBatchSizePerImage: 256,
  rpnPositiveFraction: 0.5,
  rpnScoreThresh: 0,
  boxScoreThresh: 0.05,
  boxNmsThresh: 0.5,
  boxDetectionsPerImg: 100,
  boxFgIouThresh: 0.5,
  boxBgIouThresh: 0.5,
  boxBatchSizePerImage: 512,
  boxPositiveFraction: 0.25,
} as const;
