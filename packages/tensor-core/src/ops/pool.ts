import type { PoolAxis } from '../backend.ts';
import { ArgumentError } from '../errors.ts';
import { apply } from '../apply.ts';
import { context } from '../context.ts';
import type { Operation } from '../operation.ts';
import { aBoolean, aFiniteNumber, orNull, integersFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import type { Tensor } from '../tensor.ts';
import {
  windowAxes,
  type AdaptiveWindows,
  type SlidingWindows,
  type Windows,
} from './pool-windows.ts';
import { requireFloating } from './require.ts';
import { adaptiveSize, perAxis, spatialRank, type AdaptiveSize, type PerAxis } from './spatial.ts';

interface PoolAttributes {
  readonly windows: Windows;
}

function pooledShape(x: Tensor, axes: readonly PoolAxis[]): readonly number[] {
  return [x.shape[0]!, x.shape[1]!, ...axes.map((axis) => axis.start.length)];
}

interface MaxPoolAttributes extends PoolAttributes {
  /** Whether there is a second output, which a gradient needs. */
  readonly returnIndices: boolean;
}

const maxPoolOperation: Operation<MaxPoolAttributes> = {
  name: 'maxPool',
  infer([x], { windows, returnIndices }) {
    const shape = pooledShape(x!, windowAxes('maxPool', windows, x!.shape));
    const values = { shape, dtype: x!.dtype };
    return returnIndices ? [values, { shape, dtype: 'int32' }] : [values];
  },
  run: (kernels, [x], { windows, returnIndices }, out) =>
    kernels.maxPool(x!, windowAxes('maxPool', windows, x!.shape), out[0]!, returnIndices),
  saves: () => ({ inputs: [], outputs: [1] }),
  gradient: ({ gradients, outputs, inputShapes, attributes: { windows } }) => [
    apply(maxPoolGradOperation, [gradients[0]!, outputs[1]!], {
      windows,
      shape: inputShapes[0]!,
    })[0]!,
  ],
  cost: ([x]) => ({ macs: 0, flops: x!.size }),
};

interface ShapeAttributes {
  readonly shape: readonly number[];
}

/** Adds each value at its flat spatial position: the gradient of maxPool. */
const maxPoolGradOperation: Operation<PoolAttributes & ShapeAttributes> = {
  name: 'maxPoolGrad',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy, indices], { windows, shape }, out) => [
    kernels.maxPoolGrad(dy!, indices!, windowAxes('maxPool', windows, shape), out[0]!),
  ],
  cost: ([dy]) => ({ macs: 0, flops: dy!.size }),
};

const avgPoolOperation: Operation<PoolAttributes> = {
  name: 'avgPool',
  infer: ([x], { windows }) => [
    { shape: pooledShape(x!, windowAxes('avgPool', windows, x!.shape)), dtype: x!.dtype },
  ],
  run: (kernels, [x], { windows }, out) => [
    kernels.avgPool(x!, windowAxes('avgPool', windows, x!.shape), out[0]!),
  ],
  gradient: ({ gradients, inputShapes, attributes }) => [
    apply(avgPoolGradOperation, [gradients[0]!], { ...attributes, shape: inputShapes[0]! })[0]!,
  ],
  cost: ([x]) => ({ macs: 0, flops: x!.size }),
};

const avgPoolGradOperation: Operation<PoolAttributes & ShapeAttributes> = {
  name: 'avgPoolGrad',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy], { windows, shape }, out) => [
    kernels.avgPoolGrad(dy!, windowAxes('avgPool', windows, shape), out[0]!),
  ],
  cost: (_, outputs) => ({ macs: 0, flops: outputs[0]!.size }),
};

/** Options of every pooling. */
export interface PoolOptions {
  /** Default: the kernel size. */
  readonly stride?: PerAxis;
  /** Positions around the input, at most half the kernel. Default 0. */
  readonly padding?: PerAxis;
  /** Lets a last window begin inside the input and reach beyond it. Default false. */
  readonly ceilMode?: boolean;
}

/** Options of `maxPool` and `maxPoolWithIndices`. */
export interface MaxPoolOptions extends PoolOptions {
  /** Distance between the positions of a window. Default 1. */
  readonly dilation?: PerAxis;
}

const maxPoolOptions = optionKinds<MaxPoolOptions>({
  stride: integersFrom(1),
  padding: integersFrom(0),
  dilation: integersFrom(1),
  ceilMode: aBoolean,
});

/** Options of `avgPool`. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding counts as zeros in the mean. Default true, as in PyTorch. */
  readonly countIncludePad?: boolean;
  /** Divides by this instead of the number of elements. */
  readonly divisorOverride?: number;
}

const avgPoolOptions = optionKinds<AvgPoolOptions>({
  stride: integersFrom(1),
  padding: integersFrom(0),
  ceilMode: aBoolean,
  countIncludePad: aBoolean,
  divisorOverride: orNull(aFiniteNumber),
});

/** The windows that options ask for. @throws ArgumentError, DTypeError, ShapeError. */
function slidingWindows(
  op: string,
  x: Tensor,
  kernelSize: PerAxis,
  options: MaxPoolOptions & AvgPoolOptions,
): SlidingWindows {
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  const kernel = perAxis(op, 'kernelSize', kernelSize, dims);
  const padding = perAxis(op, 'padding', options.padding ?? 0, dims, 0);
  for (const [i, k] of kernel.entries()) {
    if (padding[i]! > k / 2) {
      throw new ArgumentError(
        `${op}: expected padding of at most half the kernel, got ${padding[i]} for a kernel of ${k}`,
      );
    }
  }
  return {
    kernelSize: kernel,
    stride: perAxis(op, 'stride', options.stride ?? kernel, dims),
    padding,
    dilation: perAxis(op, 'dilation', options.dilation ?? 1, dims),
    ceilMode: options.ceilMode ?? false,
    countIncludePad: options.countIncludePad ?? true,
    divisorOverride: options.divisorOverride ?? null,
  };
}

/**
 * Greatest element of each window. x [N, C, …] -> [N, C, …]. `stride` defaults to the kernel size.
 * @throws ShapeError, InputTooSmallError where a window is larger than the padded input, ArgumentError.
 */
export function maxPool(x: Tensor, kernelSize: PerAxis, options: MaxPoolOptions = {}): Tensor {
  checkOptions('maxPool', options, maxPoolOptions);
  return greatest(x, slidingWindows('maxPool', x, kernelSize, options));
}

/** The greatest elements alone. Where they stand is found only where a gradient will ask. */
function greatest(x: Tensor, windows: Windows): Tensor {
  const returnIndices = x.requiresGrad && context().recordsGradients;
  const [values, indices] = apply(maxPoolOperation, [x], { windows, returnIndices });
  indices?.dispose();
  return values!;
}

/** `maxPool` with the flat position of each maximum in the input's spatial extent, as int32. */
export function maxPoolWithIndices(
  x: Tensor,
  kernelSize: PerAxis,
  options: MaxPoolOptions = {},
): [values: Tensor, indices: Tensor] {
  checkOptions('maxPoolWithIndices', options, maxPoolOptions);
  const windows = slidingWindows('maxPool', x, kernelSize, options);
  return apply(maxPoolOperation, [x], { windows, returnIndices: true }) as [Tensor, Tensor];
}

/**
 * Mean of each window. x [N, C, …] -> [N, C, …]. `stride` defaults to the kernel size.
 * @throws ShapeError, InputTooSmallError where a window is larger than the padded input, ArgumentError.
 */
export function avgPool(x: Tensor, kernelSize: PerAxis, options: AvgPoolOptions = {}): Tensor {
  checkOptions('avgPool', options, avgPoolOptions);
  const { divisorOverride } = options;
  if (
    divisorOverride !== undefined &&
    !(Number.isFinite(divisorOverride) && divisorOverride !== 0)
  ) {
    throw new ArgumentError(
      `avgPool: expected a divisorOverride other than 0, got ${divisorOverride}`,
    );
  }
  const windows = slidingWindows('avgPool', x, kernelSize, options);
  return apply(avgPoolOperation, [x], { windows })[0]!;
}

function adaptive(op: string, x: Tensor, outputSize: AdaptiveSize): AdaptiveWindows {
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  const size = adaptiveSize(op, 'outputSize', outputSize, dims);
  return { outputSize: size.map((extent, i) => extent ?? x.shape[i + 2]!) };
}

/** Means over as many near-equal windows as `outputSize` says; null leaves an axis as it is. torch.nn.AdaptiveAvgPool. */
export function adaptiveAvgPool(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return apply(avgPoolOperation, [x], { windows: adaptive('adaptiveAvgPool', x, outputSize) })[0]!;
}

/** Maxima over as many near-equal windows as `outputSize` says; null leaves an axis as it is. torch.nn.AdaptiveMaxPool. */
export function adaptiveMaxPool(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return greatest(x, adaptive('adaptiveMaxPool', x, outputSize));
}

/** `adaptiveMaxPool` with the flat position of each maximum in the input's spatial extent, as int32. */
export function adaptiveMaxPoolWithIndices(
  x: Tensor,
  outputSize: AdaptiveSize,
): [values: Tensor, indices: Tensor] {
  const windows = adaptive('adaptiveMaxPool', x, outputSize);
  return apply(maxPoolOperation, [x], { windows, returnIndices: true }) as [Tensor, Tensor];
}
