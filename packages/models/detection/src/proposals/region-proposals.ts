import { Module } from '@convnet/layers';
import {
  binaryCrossEntropyWithLogits,
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
import type { AnchorGenerator } from './anchor-generator.ts';
import type { AnchorOutputs, ProposalHead } from './proposal-head.ts';
import { topPositions } from './top-positions.ts';

/** One number for training and one for evaluation. */
export interface ByMode {
  readonly training: number;
  readonly evaluation: number;
}

export interface ProposalOptions {
  /** The best anchors of each level that go into suppression. */
  readonly preNmsTopN: ByMode;
  /** Proposals of an image that are left. */
  readonly postNmsTopN: ByMode;
  readonly nmsThreshold: number;
  /** Anchors that overlap an object so much are objects. */
  readonly foregroundIou: number;
  /** Anchors that overlap none so much are background. */
  readonly backgroundIou: number;
  /** Anchors of an image that are learned from in a step. */
  readonly batchSizePerImage: number;
  /** Share of objects among them, at most. */
  readonly positiveFraction: number;
  readonly scoreThreshold: number;
}

/** Boxes of one image that may become proposals, level by level. */
export interface Candidates {
  readonly boxes: Float32Array<ArrayBuffer>;
  /** Of there being an object. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** The level that each is from. */
  readonly levels: readonly number[];
}

/** Proposals of one image, the best first. */
export interface Proposals {
  readonly boxes: Float32Array<ArrayBuffer>;
  /** Probabilities of there being an object. */
  readonly scores: Float32Array<ArrayBuffer>;
}

/** Sides of proposals, in pixels, below which they are dropped. */
const leastSide = 1e-3;

/**
 * From what the network says of anchors to proposals, and what it should have said. The layer is its head; all else is on
 * the host, as the number of proposals follows from their values. torchvision's RegionProposalNetwork.
 */
export class RegionProposals extends Module<[readonly Tensor[]], AnchorOutputs> {
  head: ProposalHead;
  readonly anchorGenerator: AnchorGenerator;
  readonly options: ProposalOptions;
  readonly #coder: BoxCoder;
  readonly #matcher: Matcher;

  constructor(head: ProposalHead, anchorGenerator: AnchorGenerator, options: ProposalOptions) {
    super();
    this.head = head;
    this.anchorGenerator = anchorGenerator;
    this.options = options;
    this.#coder = new BoxCoder(Array.from({ length: 2 * anchorGenerator.dims }, () => 1));
    this.#matcher = new Matcher({
      high: options.foregroundIou,
      low: options.backgroundIou,
      allowLowQuality: true,
    });
  }

  override forward(levels: readonly Tensor[]): AnchorOutputs {
    return this.head.forward(levels);
  }

  /**
   * What goes into suppression: of each level the best anchors, moved and cut off at the image's borders.
   * @param objectness [A], deltas [A, 2d]: of this image, from `forward`
   * @param anchors of each level
   * @param imageSize spatial extents of the image, without padding
   */
  candidates(
    objectness: Float32Array,
    deltas: Float32Array,
    anchors: readonly Float32Array[],
    imageSize: readonly number[],
  ): Candidates {
    const dims = imageSize.length;
    const width = 2 * dims;
    const most = this.options.preNmsTopN[this.#mode];
    const chosen: number[] = [];
    const levels: number[] = [];
    const references: Float32Array[] = [];
    let begin = 0;
    for (const [level, own] of anchors.entries()) {
      const end = begin + own.length / width;
      const best = topPositions(objectness, most, begin, end);
      const first = begin;
      references.push(
        selectBoxes(
          own,
          best.map((position) => position - first),
          dims,
        ),
      );
      for (const position of best) {
        chosen.push(position);
        levels.push(level);
      }
      begin = end;
    }
    const boxes = clipBoxes(
      this.#coder.decode(selectBoxes(deltas, chosen, dims), joined(references)),
      imageSize,
    );
    return { boxes, logits: Float32Array.from(chosen, (i) => objectness[i]!), levels };
  }

  /**
   * Proposals of one image: the candidates without those that are tiny and those that better ones of their level
   * overlap.
   */
  propose({ boxes, logits, levels }: Candidates): Proposals {
    const { dims } = this.anchorGenerator;
    const scores = Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
    const stays = [...logits.keys()].filter(
      (i) => isLarge(boxes, i, dims, leastSide) && scores[i]! >= this.options.scoreThreshold,
    );
    // By probability, as torchvision: where rounding makes logits equal, the first come first.
    const order = stays.sort((a, b) => scores[b]! - scores[a]! || a - b);
    const sorted = selectBoxes(boxes, order, dims);
    const keep = suppress(
      sorted,
      order.map((_, i) => i),
      order.map((i) => levels[i]!),
      this.options.nmsThreshold,
      dims,
    );
    const kept = order
      .filter((_, i) => keep[i] === 1)
      .slice(0, this.options.postNmsTopN[this.#mode]);
    return {
      boxes: selectBoxes(boxes, kept, dims),
      scores: Float32Array.from(kept, (i) => scores[i]!),
    };
  }

  get #mode(): keyof ByMode {
    return this.training ? 'training' : 'evaluation';
  }

  /**
   * Losses of what was said of the anchors: binary cross-entropy of the sampled ones, and the smooth distance (beta 1/9) of the
   * differences of the objects among them, over the number sampled.
   * @param anchors of all levels
   * @param targets boxes of each image
   */
  losses(
    { objectness, deltas }: AnchorOutputs,
    anchors: Float32Array,
    targets: readonly Float32Array[],
    generator: Generator,
  ): { loss_objectness: Tensor; loss_rpn_box_reg: Tensor } {
    const { dims } = this.anchorGenerator;
    const { device } = objectness;
    const width = 2 * dims;
    const count = anchors.length / width;
    const sampled: number[] = [];
    const labels: number[] = [];
    const positives: number[] = [];
    const goals: Float32Array[] = [];
    for (const [image, boxes] of targets.entries()) {
      const { positive, negative, goal } = this.#sample(anchors, boxes, generator);
      const first = image * count;
      for (const i of positive) {
        sampled.push(first + i);
        positives.push(first + i);
        labels.push(1);
      }
      for (const i of negative) {
        sampled.push(first + i);
        labels.push(0);
      }
      goals.push(goal);
    }
    const rows = (positions: readonly number[]): Tensor =>
      tensor(Int32Array.from(positions), [positions.length], { device, dtype: 'int32' });
    const said = indexSelect(reshape(objectness, [objectness.size]), 0, rows(sampled));
    const moved = indexSelect(reshape(deltas, [targets.length * count, width]), 0, rows(positives));
    const wanted = tensor(joined(goals), [positives.length, width], { device });
    const distance = smoothL1Loss(moved, wanted, { beta: 1 / 9, reduction: 'sum' });
    return {
      loss_objectness: binaryCrossEntropyWithLogits(
        said,
        tensor(Float32Array.from(labels), [labels.length], { device }),
      ),
      loss_rpn_box_reg: mul(distance, 1 / Math.max(sampled.length, 1)),
    };
  }

  /** Anchors of one image to learn from, and where the objects among them should have led. */
  #sample(
    anchors: Float32Array,
    boxes: Float32Array,
    generator: Generator,
  ): { positive: Int32Array; negative: Int32Array; goal: Float32Array } {
    const { dims } = this.anchorGenerator;
    const { batchSizePerImage, positiveFraction } = this.options;
    const width = 2 * dims;
    const count = anchors.length / width;
    const matches = this.#matcher.match(boxIou(boxes, anchors, dims), boxes.length / width, count);
    const labels = matches.map((match) => (match >= 0 ? 1 : match === between ? -1 : 0));
    const { positive, negative } = balancedSample(
      labels,
      batchSizePerImage,
      positiveFraction,
      generator,
    );
    const matched = selectBoxes(
      boxes,
      positive.map((i) => matches[i]!),
      dims,
    );
    return {
      positive,
      negative,
      goal: this.#coder.encode(matched, selectBoxes(anchors, positive, dims)),
    };
  }
}

/** The numbers of several arrays, one behind the other. */
export function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
