import {
  constant,
  Conv,
  ConvTranspose,
  initWeights,
  kaimingNormal,
  kaimingUniform,
  normal,
  type AnyModule,
  type Layer,
  type Rank,
  type WeightRules,
} from '@convnet/layers';
import { ArgumentError, type Device } from '@convnet/tensor-core';

import type { Backbone } from './backbone/pyramid-backbone.ts';
import { AnchorGenerator } from './proposals/anchor-generator.ts';
import { ProposalHead } from './proposals/proposal-head.ts';
import { RegionProposals } from './proposals/region-proposals.ts';
import { BoxPredictor, ConvHead } from './regions/box-head.ts';
import { KeypointHead, KeypointPredictor, type KeypointLayers } from './regions/keypoint-head.ts';
import { MaskHead, MaskPredictor } from './regions/mask-head.ts';
import { RegionHeads } from './regions/region-heads.ts';
import { FeaturePyramid } from './backbone/feature-pyramid.ts';
import { RCNN } from './rcnn.ts';
import type { rcnnDefaults, RCNNOptions } from './rcnn-options.ts';

/** Bins that regions are pooled into, along each axis. */
export const poolSize = 7;

/** The options of `RCNNOptions`, all of them given. */
export type ResolvedRCNNOptions = {
  readonly [Key in keyof typeof rcnnDefaults]:
    | Exclude<RCNNOptions[Key], undefined>
    | (undefined extends (typeof rcnnDefaults)[Key] ? undefined : never);
} & { readonly dims: Rank; readonly inChannels: number };

/** The parts that differ from detector to detector. */
export interface Parts {
  readonly backbone: Backbone;
  /** Over pooled regions [K, backbone.outChannels, …]. */
  readonly boxHead: Layer;
  /** Features that it gives. */
  readonly representationSize: number;
  /** Convolutions of the head of proposals. */
  readonly proposalDepth: number;
  /** For each level the anchors' sides, where the options name none. */
  readonly anchorSizes: readonly (readonly number[])[];
  /** What masks are predicted with, over pooled regions. Default: none are. */
  readonly masks?: { readonly head: Layer; readonly predictor: Layer };
  /** What keypoints are predicted with, over pooled regions. Default: none are. */
  readonly keypoints?: KeypointLayers & { readonly perObject: number };
}

/** Puts a detector together; its weights are shapes only until `initDetector`. */
export function assemble(architecture: string, parts: Parts, options: ResolvedRCNNOptions): RCNN {
  const { inChannels, numClasses, minSize } = options;
  const dims = options.dims === 1 ? 1 : 2;
  if (numClasses < 2) {
    throw new ArgumentError(
      `${architecture}: expected numClasses ≥ 2, as 0 is the background, got ${numClasses}`,
    );
  }
  const { backbone, boxHead, representationSize, proposalDepth } = parts;
  const sizes = options.anchorSizes ?? parts.anchorSizes;
  const ratios = dims === 1 ? [1] : options.aspectRatios;
  const anchors = new AnchorGenerator(dims, {
    sizes,
    aspectRatios: sizes.map(() => ratios),
  });
  const perPlace = anchors.perPlace(0);
  if (sizes.some((own) => own.length !== sizes[0]!.length)) {
    throw new ArgumentError(
      `${architecture}: expected anchorSizes with as many sizes on each level, as all share one head`,
    );
  }
  const proposals = new RegionProposals(
    new ProposalHead(dims, backbone.outChannels, perPlace, proposalDepth),
    anchors,
    {
      preNmsTopN: { training: options.rpnPreNmsTopNTrain, evaluation: options.rpnPreNmsTopNTest },
      postNmsTopN: {
        training: options.rpnPostNmsTopNTrain,
        evaluation: options.rpnPostNmsTopNTest,
      },
      nmsThreshold: options.rpnNmsThresh,
      foregroundIou: options.rpnFgIouThresh,
      backgroundIou: options.rpnBgIouThresh,
      batchSizePerImage: options.rpnBatchSizePerImage,
      positiveFraction: options.rpnPositiveFraction,
      scoreThreshold: options.rpnScoreThresh,
    },
  );
  const perAxis = (value: number): number[] => Array.from({ length: dims }, () => value);
  const heads = new RegionHeads(
    dims,
    numClasses,
    boxHead,
    new BoxPredictor(dims, representationSize, numClasses),
    {
      pool: { size: poolSize, samplingRatio: 2 },
      boxWeights: [...perAxis(10), ...perAxis(5)],
      foregroundIou: options.boxFgIouThresh,
      backgroundIou: options.boxBgIouThresh,
      batchSizePerImage: options.boxBatchSizePerImage,
      positiveFraction: options.boxPositiveFraction,
      scoreThreshold: options.boxScoreThresh,
      nmsThreshold: options.boxNmsThresh,
      detectionsPerImage: options.boxDetectionsPerImg,
    },
    parts.masks ?? null,
    parts.keypoints ?? null,
  );
  const isPhoto = dims === 2 && inChannels === 3;
  const perChannel = (value: number): number[] => Array.from({ length: inChannels }, () => value);
  const {
    imageMean: mean = isPhoto ? [0.485, 0.456, 0.406] : perChannel(0),
    imageStd: std = isPhoto ? [0.229, 0.224, 0.225] : perChannel(1),
  } = options;
  if (mean.length !== inChannels || std.length !== inChannels) {
    throw new ArgumentError(
      `${architecture}: expected imageMean and imageStd for each of ${inChannels} channels, got ` +
        `${mean.length} and ${std.length}`,
    );
  }
  const perObject = parts.keypoints?.perObject ?? null;
  return new RCNN(architecture, dims, backbone, proposals, heads, perObject, {
    minSize: minSize === null ? null : [minSize].flat(),
    maxSize: options.maxSize,
    mean,
    std,
    sizeDivisible: 32,
  });
}

/** First values: those of the backbone's network are its own, those of pyramid and heads as torchvision draws them. */
export function initDetector(model: RCNN, device: Device): RCNN {
  const rules = new Map<AnyModule, WeightRules>();
  const give = (root: AnyModule, own: WeightRules): void => {
    for (const [, layer] of root.namedModules()) if (layer instanceof Conv) rules.set(layer, own);
  };
  for (const [, module] of model.namedModules()) {
    if (module instanceof FeaturePyramid) {
      give(module, { weight: kaimingUniform({ gain: 1 }), bias: constant(0) });
    } else if (module instanceof ProposalHead) {
      give(module, { weight: normal(0, 0.01), bias: constant(0) });
    } else if (module instanceof ConvHead || module instanceof MaskHead) {
      give(module, { weight: kaimingNormal({ mode: 'out' }), bias: constant(0) });
    } else if (module instanceof KeypointHead || module instanceof KeypointPredictor) {
      for (const [, layer] of module.namedChildren()) {
        if (layer instanceof Conv || layer instanceof ConvTranspose) {
          rules.set(layer, { weight: kaimingNormal({ mode: 'out' }), bias: constant(0) });
        }
      }
    } else if (module instanceof MaskPredictor) {
      for (const [, layer] of module.namedChildren()) {
        if (layer instanceof Conv || layer instanceof ConvTranspose) {
          rules.set(layer, { weight: kaimingNormal({ mode: 'out' }) });
        }
      }
    }
  }
  initWeights(
    model,
    (layer) => {
      const { weight, bias } = rules.get(layer) ?? {};
      const convolves = layer instanceof Conv || layer instanceof ConvTranspose;
      const hasBias = convolves && layer.bias !== null;
      return { ...(weight && { weight }), ...(bias && hasBias && { bias }) };
    },
    device,
  );
  return model;
}
