import { Module, type Layer } from '@convnet/layers';
import {
  crossEntropy,
  indexSelect,
  mul,
  reshape,
  smoothL1Loss,
  suppress,
  tensor,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

import { balancedSample } from '../boxes/balanced-sample.ts';
import { BoxCoder } from '../boxes/box-coder.ts';
import { boxIou, clipBoxes, isLarge, selectBoxes } from '../boxes/boxes.ts';
import { between, Matcher } from '../boxes/matcher.ts';
import { joined } from '../proposals/region-proposals.ts';
import type { CheckedTarget } from '../targets.ts';
import type { BoxPredictor, RegionOutputs } from './box-head.ts';
import type { KeypointLayers } from './keypoint-head.ts';
import type { MaskLayers } from './mask-head.ts';
import { poolRegions, type RegionPoolOptions, type Regions } from './region-pool.ts';

export interface RegionHeadOptions {
  readonly pool: RegionPoolOptions;
  /** Of the differences to proposals. */
  readonly boxWeights: readonly number[];
  readonly foregroundIou: number;
  readonly backgroundIou: number;
  /** Proposals of an image that are learned from in a step. */
  readonly batchSizePerImage: number;
  /** Share of objects among them, at most. */
  readonly positiveFraction: number;
  /** Detections must have a greater score. */
  readonly scoreThreshold: number;
  readonly nmsThreshold: number;
  readonly detectionsPerImage: number;
}

/** What was found in one image, the best first. */
export interface FoundBoxes {
  readonly boxes: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly scores: Float32Array<ArrayBuffer>;
}

/** Regions to learn from. */
export interface SampledRegions extends Regions {
  /** The class of each, 0: background. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** The number of the box of its image that each is matched with; -1 for background. */
  readonly matches: Int32Array<ArrayBuffer>;
  /** Differences that lead to that box; 0 for background. */
  readonly goals: Float32Array<ArrayBuffer>;
}

/** Sides of detections, in pixels, below which they are dropped. */
const leastSide = 1e-2;

/**
 * From proposals to classes and boxes: pooled features, their heads, and what these should have said. torchvision's
 * RoIHeads.
 */
export class RegionHeads extends Module<[Tensor], RegionOutputs> {
  readonly dims: number;
  readonly numClasses: number;
  box_head: Layer;
  box_predictor: BoxPredictor;
  /** null where no masks are predicted. */
  mask_head: Layer | null;
  mask_predictor: Layer | null;
  /** null where no keypoints are predicted. */
  keypoint_head: Layer | null;
  keypoint_predictor: Layer | null;
  readonly options: RegionHeadOptions;
  readonly #coder: BoxCoder;
  readonly #matcher: Matcher;

  constructor(
    dims: number,
    numClasses: number,
    head: Layer,
    predictor: BoxPredictor,
    options: RegionHeadOptions,
    masks: Omit<MaskLayers, 'numClasses'> | null = null,
    keypoints: KeypointLayers | null = null,
  ) {
    super();
    this.dims = dims;
    this.numClasses = numClasses;
    this.box_head = head;
    this.box_predictor = predictor;
    this.mask_head = masks?.head ?? null;
    this.mask_predictor = masks?.predictor ?? null;
    this.keypoint_head = keypoints?.head ?? null;
    this.keypoint_predictor = keypoints?.predictor ?? null;
    this.options = options;
    this.#coder = new BoxCoder(options.boxWeights);
    this.#matcher = new Matcher({ high: options.foregroundIou, low: options.backgroundIou });
  }

  /** What masks are predicted with, or null. */
  get maskLayers(): MaskLayers | null {
    const { mask_head: head, mask_predictor: predictor, numClasses } = this;
    return head === null || predictor === null ? null : { head, predictor, numClasses };
  }

  /** What keypoints are predicted with, or null. */
  get keypointLayers(): KeypointLayers | null {
    const { keypoint_head: head, keypoint_predictor: predictor } = this;
    return head === null || predictor === null ? null : { head, predictor };
  }

  /** Of pooled regions [K, C, …bins]. */
  override forward(pooled: Tensor): RegionOutputs {
    return this.box_predictor.forward(this.box_head.forward(pooled));
  }

  /** Proposals and true boxes of each image, matched and sampled, as `Regions` of all images. */
  sample(
    proposals: readonly Float32Array[],
    targets: readonly CheckedTarget[],
    generator: Generator,
  ): SampledRegions {
    const { dims } = this;
    const { batchSizePerImage, positiveFraction } = this.options;
    const width = 2 * dims;
    const boxes: Float32Array[] = [];
    const goals: Float32Array[] = [];
    const images: number[] = [];
    const labels: number[] = [];
    const allMatches: number[] = [];
    for (const [image, target] of targets.entries()) {
      const candidates = joined([proposals[image]!, target.boxes]);
      const count = candidates.length / width;
      const matches = this.#matcher.match(
        boxIou(target.boxes, candidates, dims),
        target.labels.length,
        count,
      );
      const classes = matches.map((match) =>
        match >= 0 ? target.labels[match]! : match === between ? -1 : 0,
      );
      const { positive, negative } = balancedSample(
        classes,
        batchSizePerImage,
        positiveFraction,
        generator,
      );
      const found = selectBoxes(candidates, positive, dims);
      boxes.push(found, selectBoxes(candidates, negative, dims));
      const matched = positive.map((i) => matches[i]!);
      goals.push(
        this.#coder.encode(selectBoxes(target.boxes, matched, dims), found),
        new Float32Array(negative.length * width),
      );
      for (const i of positive) labels.push(classes[i]!);
      allMatches.push(...matched);
      for (let i = 0; i < negative.length; i++) {
        labels.push(0);
        allMatches.push(-1);
      }
      for (let i = 0; i < positive.length + negative.length; i++) images.push(image);
    }
    return {
      boxes: joined(boxes),
      images,
      labels: Int32Array.from(labels),
      matches: Int32Array.from(allMatches),
      goals: joined(goals),
    };
  }

  /**
   * Losses of the sampled regions: cross-entropy of the classes, and the smooth distance (beta 1/9) of the differences of each
   * object's own class, over the number of regions.
   */
  losses(
    levels: readonly Tensor[],
    regions: SampledRegions,
    imageSizes: readonly (readonly number[])[],
  ): { loss_classifier: Tensor; loss_box_reg: Tensor } {
    const width = 2 * this.dims;
    const { pooled, order } = poolRegions(levels, regions, imageSizes, this.options.pool);
    const { device } = pooled;
    const { logits, deltas } = this.forward(pooled);
    const labels = order.map((region) => regions.labels[region]!);
    const objects = [...labels.keys()].filter((row) => labels[row]! > 0);
    const rows = Int32Array.from(objects, (row) => row * this.numClasses + labels[row]!);
    const goals = selectBoxes(
      regions.goals,
      objects.map((row) => order[row]!),
      this.dims,
    );
    const own = indexSelect(
      reshape(deltas, [order.length * this.numClasses, width]),
      0,
      tensor(rows, [rows.length], { device, dtype: 'int32' }),
    );
    const distance = smoothL1Loss(own, tensor(goals, [rows.length, width], { device }), {
      beta: 1 / 9,
      reduction: 'sum',
    });
    return {
      loss_classifier: crossEntropy(
        logits,
        tensor(labels, [labels.length], { device, dtype: 'int32' }),
      ),
      loss_box_reg: mul(distance, 1 / Math.max(order.length, 1)),
    };
  }

  /**
   * Detections of one image: of each class but the background what scores enough, cut off at the borders, without what is tiny
   * and what better ones of the class overlap.
   * @param proposals [K, 2d]
   * @param probabilities [K, numClasses], deltas [K, numClasses * 2d]: of these proposals
   */
  detections(
    proposals: Float32Array,
    probabilities: Float32Array,
    deltas: Float32Array,
    imageSize: readonly number[],
  ): FoundBoxes {
    const { dims, numClasses } = this;
    const { scoreThreshold, nmsThreshold, detectionsPerImage } = this.options;
    const all = clipBoxes(this.#coder.decode(deltas, proposals, numClasses), imageSize);
    const limit = Math.fround(scoreThreshold);
    const candidates: number[] = [];
    for (let i = 0; i < probabilities.length; i++) {
      if (i % numClasses === 0 || !(probabilities[i]! > limit)) continue;
      if (isLarge(all, i, dims, leastSide)) candidates.push(i);
    }
    const order = candidates.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    const keep = suppress(
      selectBoxes(all, order, dims),
      order.map((_, i) => i),
      order.map((i) => i % numClasses),
      nmsThreshold,
      dims,
    );
    const kept = order.filter((_, i) => keep[i] === 1).slice(0, detectionsPerImage);
    return {
      boxes: selectBoxes(all, kept, dims),
      labels: Int32Array.from(kept, (i) => i % numClasses),
      scores: Float32Array.from(kept, (i) => probabilities[i]!),
    };
  }
}
