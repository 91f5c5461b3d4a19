import {
  batchNormLayer,
  FrozenBatchNorm,
  overOwn,
  resolveOptions,
  type AnyModule,
  type NormLayer,
} from '@convnet/layers';
import { mobilenet_v3_large } from '@convnet/mobilenet';
import { resnet18, resnet50 } from '@convnet/resnet';
import {
  ArgumentError,
  aCount,
  anObject,
  integerFrom,
  integersFrom,
  listOf,
  numbers,
  orNull,
  requireKind,
} from '@convnet/tensor-core';

import { assemble, initDetector, poolSize, type ResolvedRCNNOptions } from './assemble.ts';
import { PyramidBackbone } from './backbone/pyramid-backbone.ts';
import { ranks } from './ranks.ts';
import type { RCNN } from './rcnn.ts';
import { rcnnDefaults, type RCNNOptions } from './rcnn-options.ts';
import { ConvHead, TwoLayerHead } from './regions/box-head.ts';
import { KeypointHead, KeypointPredictor } from './regions/keypoint-head.ts';
import { MaskHead, MaskPredictor } from './regions/mask-head.ts';

export interface FasterRCNNOptions extends RCNNOptions {
  /**
   * Whether the backbone's batch norm keeps the statistics and weights that it is loaded with, as torchvision has it for
   * pretrained weights; without, it learns, which training from scratch needs. Default true, in version 2 and the small
   * builder false.
   */
  readonly frozenBatchNorm?: boolean;
  /** Of the frozen batch norm. 0 for torchvision's file fasterrcnn_resnet50_fpn_coco. Default 1e-5. */
  readonly normEpsilon?: number;
  /**
   * Stages of the backbone that learn, from the last one on: of 5, with mobilenet of 6. Default 3 with frozen batch norm, else
   * all.
   */
  readonly trainableBackboneLayers?: number | undefined;
}

const kinds = {
  minSize: orNull(integersFrom(1)),
  maxSize: aCount,
  imageMean: numbers,
  imageStd: numbers,
  anchorSizes: listOf(numbers),
  trainableBackboneLayers: integerFrom(0),
};

const defaults = {
  ...rcnnDefaults,
  frozenBatchNorm: true,
  normEpsilon: 1e-5,
  trainableBackboneLayers: undefined,
};

/** Anchors of 5 levels, from 32 pixels on. */
const imageAnchors = [[32], [64], [128], [256], [512]];

function normOf(frozen: boolean, epsilon: number): NormLayer {
  if (!frozen) return batchNormLayer;
  return (dims, channels, options) => new FrozenBatchNorm(dims, channels, { ...options, epsilon });
}

/** How many stages learn. @throws ArgumentError for more than there are. */
function learnedStages(
  architecture: string,
  stages: number,
  {
    frozenBatchNorm,
    trainableBackboneLayers,
  }: Pick<FasterRCNNOptions, 'frozenBatchNorm' | 'trainableBackboneLayers'>,
): number {
  const count = trainableBackboneLayers ?? (frozenBatchNorm === true ? 3 : stages);
  if (count > stages) {
    throw new ArgumentError(
      `${architecture}: expected trainableBackboneLayers from 0 to ${stages}, got ${count}`,
    );
  }
  return count;
}

/** Stops the first stages of a ResNet. */
function freezeResNet(body: AnyModule, learned: number): void {
  const stages = ['layer4', 'layer3', 'layer2', 'layer1', 'conv1'].slice(0, learned);
  if (learned === 5) stages.push('bn1');
  body.freeze((path) => !stages.includes(path.split('.')[0]!));
}

/** What the builders over a ResNet differ in. */
interface ResNetVariant {
  readonly network: typeof resnet50;
  /** Channels of the four stages. */
  readonly channels: readonly number[];
  readonly version: 1 | 2;
  /** Whether masks are predicted, too: in images only. */
  readonly masks?: boolean;
  /** Keypoints of each object, where they are predicted: in images only. */
  readonly numKeypoints?: number;
}

function overResNet(
  architecture: string,
  { network, channels, version, masks = false, numKeypoints }: ResNetVariant,
  options: FasterRCNNOptions,
): RCNN {
  const resolved = resolveOptions(
    architecture,
    options,
    {
      ...defaults,
      frozenBatchNorm: version === 1,
      // One option more, which its builder has read.
      ...(numKeypoints !== undefined && { numKeypoints }),
    },
    masks || numKeypoints !== undefined ? [2] : ranks,
    kinds,
  );
  const { dims, inChannels, numClasses, frozenBatchNorm, normEpsilon, device } = resolved;
  const learned = learnedStages(architecture, 5, resolved);
  const body = network({ dims, inChannels, norm: normOf(frozenBatchNorm, normEpsilon) });
  const stages = ['layer1', 'layer2', 'layer3', 'layer4'];
  const norm = version === 2 ? batchNormLayer : null;
  const backbone = new PyramidBackbone(dims, body, stages, channels, { norm });
  freezeResNet(backbone.body, learned);
  const boxHead =
    version === 2
      ? new ConvHead(dims, backbone.outChannels, poolSize, { norm: batchNormLayer })
      : new TwoLayerHead(backbone.outChannels * poolSize ** dims, 1024);
  const parts = {
    backbone,
    boxHead,
    representationSize: 1024,
    proposalDepth: version,
    anchorSizes: imageAnchors,
    ...(numKeypoints !== undefined && {
      keypoints: {
        head: new KeypointHead(dims, backbone.outChannels),
        predictor: new KeypointPredictor(dims, numKeypoints),
        perObject: numKeypoints,
      },
    }),
    ...(masks && {
      masks: {
        head: new MaskHead(dims, backbone.outChannels, norm),
        predictor: new MaskPredictor(dims, backbone.outChannels, numClasses),
      },
    }),
  };
  return initDetector(assemble(architecture, parts, withSizes(options, resolved)), device);
}

/** Signals are not resized unless that is asked for. */
function withSizes(
  { minSize }: FasterRCNNOptions,
  resolved: ResolvedRCNNOptions,
): ResolvedRCNNOptions {
  return resolved.dims === 1 && minSize === undefined ? { ...resolved, minSize: null } : resolved;
}

const resnet50Channels = [256, 512, 1024, 2048];

/**
 * Faster R-CNN over ResNet-50 with a feature pyramid: 41,755,286 parameters for 91 classes, box mAP 37.0 on COCO with
 * torchvision's weights. Ren et al., NIPS 2015; Lin et al., CVPR 2017.
 */
export function fasterrcnn_resnet50_fpn(options: FasterRCNNOptions = {}): RCNN {
  const variant = { network: resnet50, channels: resnet50Channels, version: 1 } as const;
  return overResNet('fasterrcnn_resnet50_fpn', variant, options);
}

/**
 * The same with batch norm in pyramid and heads, two convolutions before proposals and four before boxes: 43,712,278
 * parameters, box mAP 46.7. Li et al., "Benchmarking Detection Transfer Learning with Vision Transformers", 2021.
 */
export function fasterrcnn_resnet50_fpn_v2(options: FasterRCNNOptions = {}): RCNN {
  const variant = { network: resnet50, channels: resnet50Channels, version: 2 } as const;
  return overResNet('fasterrcnn_resnet50_fpn_v2', variant, options);
}

/**
 * `fasterrcnn_resnet50_fpn` that predicts a mask for each object, too: 44,401,393 parameters, box mAP 37.9 and mask mAP 34.6
 * on COCO with torchvision's weights. He et al., "Mask R-CNN", ICCV 2017.
 */
export function maskrcnn_resnet50_fpn(options: FasterRCNNOptions = {}): RCNN {
  const variant = {
    network: resnet50,
    channels: resnet50Channels,
    version: 1,
    masks: true,
  } as const;
  return overResNet('maskrcnn_resnet50_fpn', variant, options);
}

/** `fasterrcnn_resnet50_fpn_v2` with masks: 46,359,409 parameters, box mAP 47.4, mask mAP 41.8. */
export function maskrcnn_resnet50_fpn_v2(options: FasterRCNNOptions = {}): RCNN {
  const variant = {
    network: resnet50,
    channels: resnet50Channels,
    version: 2,
    masks: true,
  } as const;
  return overResNet('maskrcnn_resnet50_fpn_v2', variant, options);
}

export interface KeypointRCNNOptions extends FasterRCNNOptions {
  /** Keypoints of each object. Default 17, as COCO has for persons. */
  readonly numKeypoints?: number;
}

/**
 * `fasterrcnn_resnet50_fpn` that predicts keypoints of each object, too; by default of persons, 2 classes with the background:
 * 59,137,258 parameters, box mAP 54.6 and keypoint mAP 65.0 on COCO with torchvision's weights. He et al., "Mask R-CNN", ICCV
 * 2017, section 5.
 */
export function keypointrcnn_resnet50_fpn(options: KeypointRCNNOptions = {}): RCNN {
  const architecture = 'keypointrcnn_resnet50_fpn';
  requireKind(architecture, 'options', options, anObject);
  const { numKeypoints = 17 } = options;
  requireKind(architecture, 'numKeypoints', numKeypoints, aCount);
  const variant = {
    network: resnet50,
    channels: resnet50Channels,
    version: 1,
    numKeypoints,
  } as const;
  const own = { numClasses: 2, minSize: [640, 672, 704, 736, 768, 800] };
  return overResNet(architecture, variant, overOwn<FasterRCNNOptions>(own, options));
}

/** The layers of MobileNet v3 large that begin a stage, and the last one. */
const mobileStages = [0, 2, 4, 7, 13, 16];

function overMobileNet(
  architecture: string,
  own: FasterRCNNOptions,
  options: FasterRCNNOptions,
): RCNN {
  const resolved = resolveOptions(
    architecture,
    options,
    { ...defaults, ...own } as typeof defaults,
    ranks,
    kinds,
  );
  const { dims, inChannels, frozenBatchNorm, normEpsilon, device } = resolved;
  const learned = learnedStages(architecture, mobileStages.length, resolved);
  const norm = normOf(frozenBatchNorm, normEpsilon);
  const { features } = mobilenet_v3_large({
    dims,
    inChannels,
    // Not the norm's own momentum and epsilon: torchvision's detectors leave them out.
    norm: (rank, channels) => norm(rank, channels),
  });
  const backbone = new PyramidBackbone(dims, features, ['13', '16'], [160, 960]);
  const firstLearned = learned === 0 ? Infinity : mobileStages[mobileStages.length - learned]!;
  backbone.body.freeze((path) => Number(path.split('.')[0]) < firstLearned);
  const parts = {
    backbone,
    boxHead: new TwoLayerHead(backbone.outChannels * poolSize ** dims, 1024),
    representationSize: 1024,
    proposalDepth: 1,
    anchorSizes: Array.from({ length: 3 }, () => [32, 64, 128, 256, 512]),
  };
  return initDetector(assemble(architecture, parts, withSizes(options, resolved)), device);
}

/** Faster R-CNN over MobileNet v3 large: 19,386,354 parameters, box mAP 32.8. */
export function fasterrcnn_mobilenet_v3_large_fpn(options: FasterRCNNOptions = {}): RCNN {
  return overMobileNet('fasterrcnn_mobilenet_v3_large_fpn', { rpnScoreThresh: 0.05 }, options);
}

/** The same for images of 320 pixels: box mAP 22.8. */
export function fasterrcnn_mobilenet_v3_large_320_fpn(options: FasterRCNNOptions = {}): RCNN {
  const own = {
    minSize: [320],
    maxSize: 640,
    rpnPreNmsTopNTest: 150,
    rpnPostNmsTopNTest: 150,
    rpnScoreThresh: 0.05,
  };
  return overMobileNet('fasterrcnn_mobilenet_v3_large_320_fpn', own, options);
}

export interface SmallFasterRCNNOptions extends FasterRCNNOptions {
  /** Channels of the first stage. Default 64, as ResNet-18 has. */
  readonly width?: number;
  /** Channels of the pyramid. Default 128. */
  readonly pyramidChannels?: number;
  /** Features of a region. Default 256. */
  readonly representationSize?: number;
}

/** Anchors of signals, in samples: three on each of five levels. */
const signalAnchors = [16, 32, 64, 128, 256].map((size) => [
  size,
  Math.round(size * 2 ** (1 / 3)),
  Math.round(size * 2 ** (2 / 3)),
]);

/**
 * A small Faster R-CNN, over ResNet-18 with a narrower pyramid, to train from scratch: batch norm learns. In one dimension it
 * finds events in signals as intervals.
 */
export function fasterrcnn_resnet18_fpn(options: SmallFasterRCNNOptions = {}): RCNN {
  const architecture = 'fasterrcnn_resnet18_fpn';
  const own = { frozenBatchNorm: false, width: 64, pyramidChannels: 128, representationSize: 256 };
  const resolved = resolveOptions(architecture, options, { ...defaults, ...own }, ranks, {
    ...kinds,
    width: aCount,
    pyramidChannels: aCount,
    representationSize: aCount,
  });
  const { dims, inChannels, width, pyramidChannels: outChannels, representationSize } = resolved;
  const { frozenBatchNorm, normEpsilon, device } = resolved;
  const learned = learnedStages(architecture, 5, resolved);
  const body = resnet18({ dims, inChannels, width, norm: normOf(frozenBatchNorm, normEpsilon) });
  const stages = ['layer1', 'layer2', 'layer3', 'layer4'];
  const channels = [1, 2, 4, 8].map((factor) => factor * width);
  const backbone = new PyramidBackbone(dims, body, stages, channels, { outChannels });
  freezeResNet(backbone.body, learned);
  const parts = {
    backbone,
    boxHead: new TwoLayerHead(outChannels * poolSize ** dims, representationSize),
    representationSize,
    proposalDepth: 1,
    anchorSizes: dims === 1 ? signalAnchors : imageAnchors,
  };
  return initDetector(assemble(architecture, parts, withSizes(options, resolved)), device);
}
