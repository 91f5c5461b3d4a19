import { Module } from '@convnet/layers';
import {
  aCount,
  anObject,
  ArgumentError,
  aTensor,
  checkOptions,
  currentGenerator,
  Generator,
  instanceOf,
  interpolate,
  listOf,
  noGrad,
  optionKinds,
  requireKind,
  sameShape,
  scope,
  select,
  softmax,
  tensor,
  type Kind,
  type Tensor,
} from '@convnet/tensor-core';

import type { Backbone } from './backbone/pyramid-backbone.ts';
import { scaleBoxes } from './boxes/boxes.ts';
import {
  batchImages,
  requireImageShapes,
  type DetectionTransformOptions,
  type ImageBatch,
} from './image/detection-transform.ts';
import type { AnchorOutputs } from './proposals/proposal-head.ts';
import { joined, type Proposals, type RegionProposals } from './proposals/region-proposals.ts';
import { pasteMask, type SoftMask } from './image/soft-mask.ts';
import {
  keypointLoss,
  keypointMaps,
  keypointsIn,
  type FoundKeypoints,
} from './regions/region-keypoints.ts';
import { maskLoss, maskProbabilities } from './regions/region-masks.ts';
import { poolRegions, type Regions } from './regions/region-pool.ts';
import type { FoundBoxes, RegionHeads } from './regions/region-heads.ts';
import { checkTarget, type CheckedTarget, type DetectionTarget } from './targets.ts';

/** What a step of training minimises: each a number []. */
export interface DetectionLosses {
  readonly loss_classifier: Tensor;
  readonly loss_box_reg: Tensor;
  readonly loss_objectness: Tensor;
  readonly loss_rpn_box_reg: Tensor;
  /** Where masks are predicted. */
  readonly loss_mask?: Tensor;
  /** Where keypoints are predicted. */
  readonly loss_keypoint?: Tensor;
}

/** What was found in one image, the best first, on the host. */
export interface Detection {
  /** Rows [x1, y1, x2, y2] in pixels of the image as it came ([begin, end] in samples of signals). */
  readonly boxes: Float32Array<ArrayBuffer>;
  /** The class of each, from 1 on. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly scores: Float32Array<ArrayBuffer>;
  /** Where masks are predicted. */
  readonly masks?: readonly SoftMask[];
  /** Where keypoints are predicted: of each box rows [x, y, 1], one behind the other. */
  readonly keypoints?: Float32Array<ArrayBuffer>;
  /** The logit at each keypoint. */
  readonly keypointsScores?: Float32Array<ArrayBuffer>;
}

/** What the network computes before anything is chosen. */
export interface DenseOutputs extends AnchorOutputs {
  /** Feature maps [N, C, …], from the finest to the coarsest. */
  readonly features: Tensor[];
}

/** Options of `losses`. */
export interface LossesOptions {
  /** What anchors, regions and sizes are drawn with. Default: the current one. */
  readonly generator?: Generator;
}

const aGenerator: Kind = {
  expected: 'a Generator',
  accepts: (value) => value instanceof Generator,
};

const lossesOptions = optionKinds<LossesOptions>({ generator: aGenerator });

/**
 * A detector of two stages: features, proposals, and a closer look at each. Ren et al., "Faster R-CNN", NIPS 2015.
 * torchvision's GeneralizedRCNN.
 *
 * `losses` trains and `detect` finds; both are asynchronous, as the number of regions follows from what the network says:
 * `losses` reads from the device once, `detect` twice, and once more for masks or keypoints. `forward` is what stands before that, for a batch of one size.
 */
export class RCNN extends Module<[Tensor], DenseOutputs> {
  readonly dims: 1 | 2;
  backbone: Backbone;
  rpn: RegionProposals;
  roi_heads: RegionHeads;
  /** Of each object; null where none are predicted. */
  readonly numKeypoints: number | null;
  readonly transform: DetectionTransformOptions;

  constructor(
    architecture: string,
    dims: 1 | 2,
    backbone: Backbone,
    rpn: RegionProposals,
    heads: RegionHeads,
    numKeypoints: number | null,
    transform: DetectionTransformOptions,
  ) {
    super();
    this.architecture = architecture;
    this.dims = dims;
    this.backbone = backbone;
    this.rpn = rpn;
    this.roi_heads = heads;
    this.numKeypoints = numKeypoints;
    this.transform = transform;
  }

  /** x [N, C, …], normalised and padded: features, and what they say of each anchor. */
  override forward(x: Tensor): DenseOutputs {
    const features = this.backbone.forward(x);
    return { features, ...this.rpn.forward(features) };
  }

  /**
   * The losses of a batch, from which `backward` starts: their sum, as a rule.
   * @param images [C, …] each, of any sizes, values from 0 to 1
   * @throws ArgumentError in evaluation mode; TargetError, ShapeError that name the image.
   */
  async losses(
    images: readonly Tensor[],
    targets: readonly DetectionTarget[],
    options: LossesOptions = {},
  ): Promise<DetectionLosses> {
    checkOptions('losses', options, lossesOptions);
    const { generator = currentGenerator() } = options;
    if (!this.training) {
      throw new ArgumentError(`${this.architecture}.losses: expected training mode, call train()`);
    }
    this.#requireImages('losses', images);
    requireKind(`${this.architecture}.losses`, 'targets', targets, listOf(anObject));
    if (targets.length !== images.length) {
      throw new ArgumentError(
        `${this.architecture}.losses: expected a target for each of ${images.length} images`,
      );
    }
    return scope(async () => {
      const { numClasses, maskLayers, keypointLayers } = this.roi_heads;
      const needs = { masks: maskLayers !== null, keypoints: this.numKeypoints };
      const checked = targets.map((target, i) =>
        checkTarget(target, i, images[i]!.shape.slice(1), numClasses, needs),
      );
      const batch = this.#batch(images, generator);
      const own = checked.map((target, i): CheckedTarget => ({
        ...target,
        boxes: scaleBoxes(target.boxes, batch.originalSizes[i]!, batch.sizes[i]!),
        keypoints:
          target.keypoints &&
          scalePoints(target.keypoints, batch.originalSizes[i]!, batch.sizes[i]!),
      }));
      const dense = this.forward(batch.images);
      const anchors = this.anchors(batch.images, dense.features);
      const proposals = await this.proposals(dense, anchors, batch.sizes);
      const regions = this.roi_heads.sample(
        proposals.map(({ boxes }) => boxes),
        own,
        generator,
      );
      const levels = dense.features.slice(0, this.backbone.pooledLevels);
      return {
        ...this.roi_heads.losses(levels, regions, batch.sizes),
        ...(maskLayers !== null && {
          loss_mask: maskLoss(levels, regions, resizedMasks(own, batch), batch.sizes, maskLayers),
        }),
        ...(keypointLayers !== null && {
          loss_keypoint: keypointLoss(
            levels,
            regions,
            own.map(({ keypoints }) => keypoints ?? new Float32Array()),
            batch.sizes,
            keypointLayers,
          ),
        }),
        ...this.rpn.losses(
          dense,
          joined(anchors),
          own.map(({ boxes }) => boxes),
          generator,
        ),
      };
    });
  }

  /**
   * What is in the images.
   * @param images [C, …] each, of any sizes, values from 0 to 1
   * @throws ArgumentError in training mode; ShapeError that names the image.
   */
  async detect(images: readonly Tensor[]): Promise<Detection[]> {
    this.#requireImages('detect', images);
    if (this.training) {
      throw new ArgumentError(`${this.architecture}.detect: expected evaluation mode, call eval()`);
    }
    return scope(async () => {
      const batch = noGrad(() => this.#batch(images, currentGenerator()));
      const dense = noGrad(() => this.forward(batch.images));
      const anchors = this.anchors(batch.images, dense.features);
      const proposals = await this.proposals(dense, anchors, batch.sizes);
      const found = await this.#classify(dense, proposals, batch);
      const masks = await this.#masks(dense, found, batch);
      const keypoints = await this.#keypoints(dense, found, batch);
      return found.map(({ boxes, labels, scores }, i): Detection => {
        const size = batch.originalSizes[i]! as readonly [number, number];
        const scaled = scaleBoxes(boxes, batch.sizes[i]!, size);
        const own = masks?.[i]?.map((mask, k) =>
          pasteMask(mask, scaled.subarray(k * 4, k * 4 + 4), size),
        );
        const points = keypoints?.[i];
        return {
          boxes: scaled,
          labels,
          scores,
          ...(own && { masks: own }),
          ...(points && {
            keypoints: scalePoints(
              joined(points.map(({ points }) => points)),
              batch.sizes[i]!,
              size,
            ),
            keypointsScores: joined(points.map(({ scores }) => scores)),
          }),
        };
      });
    });
  }

  /**
   * The anchors of each level for a batch and its features.
   * @throws ArgumentError for other features than the network's.
   */
  anchors(images: Tensor, features: readonly Tensor[]): Float32Array<ArrayBuffer>[] {
    requireKind('anchors', 'images', images, aTensor);
    requireKind('anchors', 'features', features, listOf(aTensor));
    return this.rpn.anchorGenerator.anchors(
      images.shape.slice(2),
      features.map((level) => level.shape.slice(2)),
    );
  }

  /**
   * Proposals of each image: reads what was said of the anchors.
   * @param sizes spatial extents of the images, as they were resized
   * @throws ArgumentError for arguments of another kind.
   */
  async proposals(
    outputs: AnchorOutputs,
    anchors: readonly Float32Array[],
    sizes: readonly (readonly number[])[],
  ): Promise<Proposals[]> {
    requireKind('proposals', 'outputs', outputs, anObject);
    const { objectness, deltas } = outputs;
    requireKind('proposals', 'outputs.objectness', objectness, aTensor);
    requireKind('proposals', 'outputs.deltas', deltas, aTensor);
    requireKind(
      'proposals',
      'anchors',
      anchors,
      listOf(instanceOf('a Float32Array', Float32Array)),
    );
    requireKind('proposals', 'sizes', sizes, listOf(listOf(aCount)));
    const [scores, moves] = (await Promise.all([objectness.data(), deltas.data()])) as [
      Float32Array,
      Float32Array,
    ];
    const count = scores.length / sizes.length;
    const width = 2 * this.dims;
    return sizes.map((size, i) =>
      this.rpn.propose(
        this.rpn.candidates(
          scores.subarray(i * count, (i + 1) * count),
          moves.subarray(i * count * width, (i + 1) * count * width),
          anchors,
          size,
        ),
      ),
    );
  }

  /** The square masks of what was found in each image; null where none are predicted. */
  async #masks(
    { features }: DenseOutputs,
    found: readonly FoundBoxes[],
    { sizes }: ImageBatch,
  ): Promise<Float32Array[][] | null> {
    const { maskLayers } = this.roi_heads;
    if (maskLayers === null) return null;
    const regions = {
      ...regionsOf(found),
      labels: found.flatMap(({ labels }) => Array.from(labels)),
    };
    if (regions.labels.length === 0) return found.map(() => []);
    const levels = features.slice(0, this.backbone.pooledLevels);
    const { masks, order } = noGrad(() => maskProbabilities(levels, regions, sizes, maskLayers));
    const elements = masks.size / order.length;
    const values = inOrder((await masks.data()) as Float32Array, order, elements);
    let next = 0;
    return found.map(({ labels }) =>
      Array.from(labels, () => {
        next++;
        return values.subarray((next - 1) * elements, next * elements);
      }),
    );
  }

  /** The keypoints of what was found in each image, as it was resized; null where none are predicted. */
  async #keypoints(
    { features }: DenseOutputs,
    found: readonly FoundBoxes[],
    { sizes }: ImageBatch,
  ): Promise<FoundKeypoints[][] | null> {
    const { keypointLayers } = this.roi_heads;
    if (keypointLayers === null) return null;
    const regions = regionsOf(found);
    if (regions.images.length === 0) return found.map(() => []);
    const levels = features.slice(0, this.backbone.pooledLevels);
    const read = noGrad(() => {
      const { maps, order } = keypointMaps(levels, regions, sizes, keypointLayers);
      return Array.from(order, async (region, row): Promise<[number, FoundKeypoints]> => {
        const box = regions.boxes.subarray(region * 4, region * 4 + 4);
        return [region, await keypointsIn(select(maps, 0, row), box)];
      });
    });
    const byRegion = new Map(await Promise.all(read));
    let next = 0;
    return found.map(({ labels }) => Array.from(labels, () => byRegion.get(next++)!));
  }

  #requireImages(op: string, images: readonly Tensor[]): void {
    requireImages(op, images);
    requireImageShapes(images, this.transform, this.dims);
  }

  #batch(images: readonly Tensor[], generator: Generator): ImageBatch {
    return batchImages(images, this.transform, this.dims, this.training, generator);
  }

  /** Looks at each proposal. */
  async #classify(
    { features }: DenseOutputs,
    proposals: readonly Proposals[],
    { sizes }: ImageBatch,
  ): Promise<FoundBoxes[]> {
    const counts = proposals.map(({ scores }) => scores.length);
    const total = counts.reduce((a, b) => a + b, 0);
    if (total === 0) return proposals.map(() => nothing());
    const width = 2 * this.dims;
    const { numClasses } = this.roi_heads;
    const regions = {
      boxes: joined(proposals.map(({ boxes }) => boxes)),
      images: counts.flatMap((count, image) => Array.from({ length: count }, () => image)),
    };
    const { order, probabilities, deltas } = noGrad(() => {
      const levels = features.slice(0, this.backbone.pooledLevels);
      const { pooled, order } = poolRegions(levels, regions, sizes, this.roi_heads.options.pool);
      const { logits, deltas } = this.roi_heads.forward(pooled);
      return { order, probabilities: softmax(logits, -1), deltas };
    });
    const [scores, moves] = await Promise.all([probabilities.data(), deltas.data()]);
    const sortedScores = inOrder(scores as Float32Array, order, numClasses);
    const sortedMoves = inOrder(moves as Float32Array, order, numClasses * width);
    let begin = 0;
    return proposals.map(({ boxes }, i) => {
      const end = begin + counts[i]!;
      const found = this.roi_heads.detections(
        boxes,
        sortedScores.subarray(begin * numClasses, end * numClasses),
        sortedMoves.subarray(begin * numClasses * width, end * numClasses * width),
        sizes[i]!,
      );
      begin = end;
      return found;
    });
  }
}

/** Places of keypoints [x, y, visible] multiplied by the ratio of two sizes of an image. */
function scalePoints(
  points: Float32Array,
  from: readonly number[],
  to: readonly number[],
): Float32Array<ArrayBuffer> {
  const ratios = [to[1]! / from[1]!, to[0]! / from[0]!, 1].map(Math.fround);
  return Float32Array.from(points, (value, i) => value * ratios[i % 3]!);
}

/** Masks of the objects of each image as the image was resized: [M, 1, H, W]. */
function resizedMasks(targets: readonly CheckedTarget[], batch: ImageBatch): Tensor[] {
  const { device } = batch.images;
  return targets.map(({ masks, labels }, i) => {
    const [count, from, size] = [labels.length, batch.originalSizes[i]!, batch.sizes[i]!];
    const whole = tensor(masks ?? new Float32Array(), [count, 1, ...from], { device });
    return sameShape(from, size) ? whole : interpolate(whole, { size });
  });
}

function nothing(): FoundBoxes {
  return { boxes: new Float32Array(), labels: new Int32Array(), scores: new Float32Array() };
}

/** Rows put back where they belong: row r goes to `order[r]`. */
function inOrder(rows: Float32Array, order: Int32Array, width: number): Float32Array<ArrayBuffer> {
  const sorted = new Float32Array(rows.length);
  order.forEach((region, row) => {
    sorted.set(rows.subarray(row * width, (row + 1) * width), region * width);
  });
  return sorted;
}

/** The boxes that were found in all images, one after the other. */
function regionsOf(found: readonly FoundBoxes[]): Regions & { readonly images: readonly number[] } {
  return {
    boxes: joined(found.map(({ boxes }) => boxes)),
    images: found.flatMap(({ labels }, image) => Array.from(labels, () => image)),
  };
}

function requireImages(op: string, images: readonly Tensor[]): void {
  if (Array.isArray(images) && images.length > 0 && images.every((image) => image?.isTensor)) {
    return;
  }
  throw new ArgumentError(`${op}: expected images as a list of at least one, each a tensor`);
}
