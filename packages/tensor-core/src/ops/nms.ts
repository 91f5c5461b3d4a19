import { apply } from '../apply.ts';
import { noGrad } from '../autograd.ts';
import { ShapeError } from '../errors.ts';
import { aTensor, numberFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import type { Operation } from '../operation.ts';
import { formatShape } from '../shape.ts';
import { scope } from '../scope.ts';
import { suppress } from '../suppress.ts';
import type { Tensor } from '../tensor.ts';
import { argsort } from './sort.ts';
import { requireFloating, requireIndex, requireShape } from './require.ts';

const nmsOperation: Operation<{ readonly iouThreshold: number }> = {
  name: 'nms',
  infer: ([boxes]) => [{ shape: [boxes!.shape[0]!], dtype: 'bool' }],
  run: (kernels, [boxes, order, labels], { iouThreshold }, out) => [
    kernels.nms(boxes!, order!, labels ?? null, iouThreshold, out[0]!, suppress),
  ],
  /** Each pair at most: two comparisons, a difference and a product for each axis, then the ratio. */
  cost: ([boxes]) => {
    const [count, sides] = boxes!.shape as [number, number];
    return { macs: 0, flops: ((count * (count - 1)) / 2) * (2 * sides + 3) };
  },
};

/** Options of `nms`. */
export interface NmsOptions {
  /** Of two boxes that overlap more than this, by intersection over union, the one with the lower score goes. Default 0.5. */
  readonly iouThreshold?: number;
  /** int32 [N]: boxes of different labels leave each other alone. Default: all are of one. */
  readonly labels?: Tensor;
}

const nmsOptions = optionKinds<NmsOptions>({ iouThreshold: numberFrom(0, 1), labels: aTensor });

/**
 * Non-maximum suppression: which boxes stay where, from the highest score down, each removes those that overlap it by
 * more than a threshold. A bool [N], so that nothing waits for the device. `boxes` [N, 2d] hold the least
 * coordinates, then the greatest: [x1, y1, x2, y2] in images, [begin, end] in signals; `scores` are [N], of
 * equal ones the first comes first. Intersection over union is computed and compared in single precision, as on GPUs.
 * torchvision.ops.nms, and with labels batched_nms.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function nms(boxes: Tensor, scores: Tensor, options: NmsOptions = {}): Tensor {
  const op = 'nms';
  checkOptions(op, options, nmsOptions);
  const { iouThreshold = 0.5, labels } = options;
  requireFloating(op, boxes);
  if (boxes.rank !== 2 || boxes.shape[1] === 0 || boxes.shape[1]! % 2 !== 0) {
    throw new ShapeError(
      `${op}: expected boxes [N, 2d] of d least and d greatest coordinates, got ${formatShape(boxes.shape)}`,
    );
  }
  const count = boxes.shape.slice(0, 1);
  requireFloating(op, scores);
  requireShape(op, 'scores', scores, count);
  if (labels !== undefined) {
    requireIndex(op, labels);
    requireShape(op, 'labels', labels, count);
  }
  return scope(() =>
    noGrad(() => {
      const order = argsort(scores, 0, { descending: true });
      return apply(nmsOperation, [boxes, order, labels ?? null], { iouThreshold })[0]!;
    }),
  );
}
