import {
  binaryCrossEntropyWithLogits,
  concat,
  indexSelect,
  mul,
  reshape,
  roiAlign,
  sigmoid,
  sum,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';

import { selectBoxes } from '../boxes/boxes.ts';
import type { MaskLayers } from './mask-head.ts';
import type { SampledRegions } from './region-heads.ts';
import { poolRegions, type Regions } from './region-pool.ts';

/** How regions are pooled for their masks. */
const maskPool = { size: 14, samplingRatio: 2 };

/** Masks of objects: [M, 1, H, W] of each image, 0 or 1. */
export type ImageMasks = readonly Tensor[];

/** Logits of the masks of regions for their own classes [K, side, side], row by row as `order` says. */
function ownMasks(
  levels: readonly Tensor[],
  regions: Regions & { readonly labels: ArrayLike<number> },
  imageSizes: readonly (readonly number[])[],
  { head, predictor, numClasses }: MaskLayers,
): { masks: Tensor; order: Int32Array<ArrayBuffer> } {
  const { pooled, order } = poolRegions(levels, regions, imageSizes, maskPool);
  const logits = predictor.forward(head.forward(pooled));
  const [count, , ...sides] = logits.shape as [number, number, ...number[]];
  const rows = Int32Array.from(order, (region, row) => row * numClasses + regions.labels[region]!);
  const masks = indexSelect(
    reshape(logits, [count * numClasses, ...sides]),
    0,
    tensor(rows, [rows.length], { device: logits.device, dtype: 'int32' }),
  );
  return { masks, order };
}

/**
 * Mean binary cross-entropy of the masks of the sampled objects for their own classes. What each should be is its object's
 * mask pooled over the region, not rounded. He et al., "Mask R-CNN", ICCV 2017, section 3.
 */
export function maskLoss(
  levels: readonly Tensor[],
  sampled: SampledRegions,
  truths: ImageMasks,
  imageSizes: readonly (readonly number[])[],
  layers: MaskLayers,
): Tensor {
  const dims = levels[0]!.rank - 2;
  const objects = Array.from(sampled.labels.keys()).filter((i) => sampled.labels[i]! > 0);
  const regions = {
    boxes: selectBoxes(sampled.boxes, objects, dims),
    images: objects.map((i) => sampled.images[i]!),
    labels: objects.map((i) => sampled.labels[i]!),
  };
  const { masks, order } = ownMasks(levels, regions, imageSizes, layers);
  // Of nothing the mean is not a number.
  if (objects.length === 0) return mul(sum(masks), 0);
  const side = masks.shape[1]!;
  const width = 1 + 2 * dims;
  const { device } = masks;
  const wanted = truths.flatMap((truth, image) => {
    const own = [...objects.keys()].filter((k) => regions.images[k] === image);
    if (own.length === 0) return [];
    const rows = new Float32Array(own.length * width);
    for (const [row, k] of own.entries()) {
      rows[row * width] = sampled.matches[objects[k]!]!;
      rows.set(regions.boxes.subarray(k * 2 * dims, (k + 1) * 2 * dims), row * width + 1);
    }
    return [roiAlign(truth, tensor(rows, [own.length, width], { device }), side)];
  });
  // Regions of an image follow each other, as images do.
  const flat = reshape(concat(wanted, 0), [objects.length, side ** dims]);
  const inOrder = indexSelect(flat, 0, tensor(order, [order.length], { device, dtype: 'int32' }));
  return binaryCrossEntropyWithLogits(reshape(masks, inOrder.shape), inOrder);
}

/** Probabilities of the masks of regions [K, side, side], row by row as `order` says. */
export function maskProbabilities(
  levels: readonly Tensor[],
  regions: Regions & { readonly labels: ArrayLike<number> },
  imageSizes: readonly (readonly number[])[],
  layers: MaskLayers,
): { masks: Tensor; order: Int32Array<ArrayBuffer> } {
  const { masks, order } = ownMasks(levels, regions, imageSizes, layers);
  return { masks: sigmoid(masks), order };
}
