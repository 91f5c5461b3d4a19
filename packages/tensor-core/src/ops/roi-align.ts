import type { RoiAlignKernelOptions } from '../backend.ts';
import { apply } from '../apply.ts';
import { ShapeError } from '../errors.ts';
import { aBoolean, aFiniteNumber, integerFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import type { Cost, Operation, Saves } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireFloating, requireSameDType } from './require.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

interface RoiAlignAttributes extends RoiAlignKernelOptions {
  /** Bins of each spatial axis. */
  readonly size: readonly number[];
}

const savesRegions: Saves = { inputs: [1], outputs: [] };

/**
 * Samples are interpolated between 2 elements on each axis. How many an adaptive bin has is known to its region only:
 * 2 on each axis are counted, as torchvision's detectors have.
 */
function costOf(bins: Tensor, { size, samplingRatio }: RoiAlignAttributes): Cost {
  const samples = samplingRatio > 0 ? samplingRatio : 2;
  const macs = bins.size * (samples * 2) ** size.length;
  return { macs, flops: 2 * macs };
}

const roiAlignOperation: Operation<RoiAlignAttributes> = {
  name: 'roiAlign',
  infer: ([x, rois], { size }) => [
    { shape: [rois!.shape[0]!, x!.shape[1]!, ...size], dtype: x!.dtype },
  ],
  run: (kernels, [x, rois], attributes, out) => [kernels.roiAlign(x!, rois!, attributes, out[0]!)],
  saves: () => savesRegions,
  gradient: ({ gradients, inputs, inputShapes, attributes }) => [
    apply(roiAlignGradOperation, [gradients[0]!, inputs[1]!], {
      of: attributes,
      shape: inputShapes[0]!,
    })[0]!,
    null,
  ],
  cost: (_, outputs, attributes) => costOf(outputs[0]!, attributes),
};

/** Spreads the gradient of each bin over the elements that it was read from. */
const roiAlignGradOperation: Operation<{
  readonly of: RoiAlignAttributes;
  /** Of the features. */
  readonly shape: readonly number[];
}> = {
  name: 'roiAlignGrad',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy, rois], { of }, out) => [kernels.roiAlignGrad(dy!, rois!, of, out[0]!)],
  saves: () => savesRegions,
  gradient: ({ gradients, inputs, attributes: { of } }) => [
    apply(roiAlignOperation, [gradients[0]!, inputs[1]!], of)[0]!,
    null,
  ],
  cost: ([dy], _, { of }) => costOf(dy!, of),
};

/** Options of `roiAlign`. */
export interface RoiAlignOptions {
  /** Multiplied with coordinates of regions gives those of features. Default 1. */
  readonly spatialScale?: number;
  /**
   * Samples along each axis of a bin. Default 0: adaptive, one for each element that a bin is long, rounded up.
   * torchvision writes -1 for it.
   */
  readonly samplingRatio?: number;
  /**
   * Whether element i has its centre at coordinate i + 1/2, as pixels have, not at i; and whether regions may be
   * shorter than one element. Default false, as the published detectors were trained.
   */
  readonly aligned?: boolean;
}

const roiAlignOptions = optionKinds<RoiAlignOptions>({
  spatialScale: aFiniteNumber,
  samplingRatio: integerFrom(-1),
  aligned: aBoolean,
});

/**
 * Features x [N, C, …] pooled over regions of any place and size into bins of equal number: -> [K, C, …outputSize].
 * Each bin is the mean of samples, interpolated linearly between elements; what lies more than one element outside
 * counts 0. `rois` [K, 1 + 2d] has for each region the number of its input, then the least and the greatest coordinate
 * on the d spatial axes, the last axis first: [n, x1, y1, x2, y2] in images, [n, begin, end] in signals. No gradient
 * flows into regions. He et al., "Mask R-CNN", ICCV 2017, section 3. torchvision.ops.roi_align.
 * @throws ShapeError, DTypeError, ArgumentError; IndexRangeError for a region of an input that does not exist (on devices
 * that can tell without waiting; elsewhere its bins are NaN).
 */
export function roiAlign(
  x: Tensor,
  rois: Tensor,
  outputSize: PerAxis,
  options: RoiAlignOptions = {},
): Tensor {
  const op = 'roiAlign';
  checkOptions(op, options, roiAlignOptions);
  const { spatialScale = 1, samplingRatio = 0, aligned = false } = options;
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  requireTensor(op, rois, 'rois');
  requireSameDType(op, 'rois', x, rois);
  const size = perAxis(op, 'outputSize', outputSize, dims);
  if (dims > 2 || x.shape.slice(2).includes(0)) {
    throw new ShapeError(
      `${op}: expected features [N, C, L] or [N, C, H, W] that are not empty, got ${formatShape(x.shape)}`,
    );
  }
  if (rois.rank !== 2 || rois.shape[1] !== 1 + 2 * dims) {
    throw new ShapeError(
      `${op}: expected rois [K, ${1 + 2 * dims}] of ${dims === 1 ? '(n, begin, end)' : '(n, x1, y1, x2, y2)'}, ` +
        `got ${formatShape(rois.shape)}`,
    );
  }
  return apply(roiAlignOperation, [x, rois], {
    size,
    spatialScale,
    samplingRatio: Math.max(samplingRatio, 0),
    aligned,
  })[0]!;
}
