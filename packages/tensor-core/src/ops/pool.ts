import type { PoolAxis } from '../backend.ts';
import { ArgumentError, InputTooSmallError } from '../errors.ts';
import { apply } from '../apply.ts';
import { savesNothing, type Operation } from '../operation.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { poolWindows, adaptiveWindows } from './pool-windows.ts';
import { requireFloating } from './require.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

interface PoolAttributes {
  readonly axes: readonly PoolAxis[];
}

function pooledShape(x: Tensor, axes: readonly PoolAxis[]): readonly number[] {
  return [x.shape[0]!, x.shape[1]!, ...axes.map((axis) => axis.start.length)];
}

const maxPoolOperation: Operation<PoolAttributes> = {
  name: 'maxPool',
  infer([x], { axes }) {
    const shape = pooledShape(x!, axes);
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: 'int32' },
    ];
  },
  run: (kernels, [x], { axes }, out) => kernels.maxPool(x!, axes, out[0]!),
  saves: () => ({ inputs: [], outputs: [1] }),
  gradient: ({ gradients, outputs, inputShapes }) => [
    apply(maxPoolGradOperation, [gradients[0]!, outputs[1]!], { shape: inputShapes[0]! })[0]!,
  ],
  cost: ([x]) => ({ macs: 0, flops: x!.size }),
};

interface ShapeAttributes {
  readonly shape: readonly number[];
}

/** Adds each value at its flat spatial position: the gradient of maxPool. */
const maxPoolGradOperation: Operation<ShapeAttributes> = {
  name: 'maxPoolGrad',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy, indices], _, out) => [kernels.maxPoolGrad(dy!, indices!, out[0]!)],
  saves: () => savesNothing,
  cost: ([dy]) => ({ macs: 0, flops: dy!.size }),
};

const avgPoolOperation: Operation<PoolAttributes> = {
  name: 'avgPool',
  infer: ([x], { axes }) => [{ shape: pooledShape(x!, axes), dtype: x!.dtype }],
  run: (kernels, [x], { axes }, out) => [kernels.avgPool(x!, axes, out[0]!)],
  saves: () => savesNothing,
  gradient: ({ gradients, inputShapes, attributes }) => [
    apply(avgPoolGradOperation, [gradients[0]!], { ...attributes, shape: inputShapes[0]! })[0]!,
  ],
  cost: ([x]) => ({ macs: 0, flops: x!.size }),
};

const avgPoolGradOperation: Operation<PoolAttributes & ShapeAttributes> = {
  name: 'avgPoolGrad',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy], { axes }, out) => [kernels.avgPoolGrad(dy!, axes, out[0]!)],
  saves: () => savesNothing,
  cost: (_, outputs) => ({ macs: 0, flops: outputs[0]!.size }),
};

export interface PoolOptions {
  /** Default: the kernel size. */
  readonly stride?: PerAxis;
  /** Positions around the input, at most half the kernel. Default 0. */
  readonly padding?: PerAxis;
  /** Lets a last window begin inside the input and reach beyond it. Default false. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions extends PoolOptions {
  /** Distance between the positions of a window. Default 1. */
  readonly dilation?: PerAxis;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding counts as zeros in the mean. Default true, as in PyTorch. */
  readonly countIncludePad?: boolean;
  /** Divides by this instead of the number of elements. */
  readonly divisorOverride?: number;
}

interface Windows extends MaxPoolOptions, AvgPoolOptions {}

function windowsOf(op: string, x: Tensor, kernelSize: PerAxis, options: Windows): PoolAxis[] {
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  const kernel = perAxis(op, 'kernelSize', kernelSize, dims);
  const stride = perAxis(op, 'stride', options.stride ?? kernel, dims);
  const padding = perAxis(op, 'padding', options.padding ?? 0, dims, 0);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, dims);
  return kernel.map((k, i) => {
    if (padding[i]! > k / 2) {
      throw new ArgumentError(
        `${op}: expected padding of at most half the kernel, got ${padding[i]} for a kernel of ${k}`,
      );
    }
    const reach = dilation[i]! * (k - 1) + 1;
    const extent = x.shape[i + 2]!;
    // With ceilMode the one window may reach beyond the padded input, as a last one may.
    const beyond = options.ceilMode === true ? stride[i]! - 1 : 0;
    const least = Math.max(reach - 2 * padding[i]! - beyond, 1);
    if (extent < least) {
      throw new InputTooSmallError(
        `${op}: input ${formatShape(x.shape)} is too small: axis ${i + 2} needs at least ${least}, ` +
          `got ${extent}`,
      );
    }
    const axis = poolWindows({
      extent,
      kernel: k,
      stride: stride[i]!,
      padding: padding[i]!,
      dilation: dilation[i]!,
      ceilMode: options.ceilMode ?? false,
      countIncludePad: options.countIncludePad ?? true,
    });
    if (axis.start.some((first, o) => first >= axis.end[o]!)) {
      throw new InputTooSmallError(
        `${op}: input ${formatShape(x.shape)} is too small: with padding ${padding[i]} and dilation ` +
          `${dilation[i]} a window on axis ${i + 2} holds no element`,
      );
    }
    return axis;
  });
}

/**
 * Greatest element of each window. x [N, C, …] -> [N, C, …]. `stride` defaults to the kernel size.
 * @throws ShapeError, InputTooSmallError where a window is larger than the padded input, ArgumentError.
 */
export function maxPool(x: Tensor, kernelSize: PerAxis, options: MaxPoolOptions = {}): Tensor {
  const [values, indices] = maxPoolWithIndices(x, kernelSize, options);
  indices.dispose();
  return values;
}

/** `maxPool` with the flat position of each maximum in the input's spatial extent, as int32. */
export function maxPoolWithIndices(
  x: Tensor,
  kernelSize: PerAxis,
  options: MaxPoolOptions = {},
): [values: Tensor, indices: Tensor] {
  const axes = windowsOf('maxPool', x, kernelSize, options);
  return apply(maxPoolOperation, [x], { axes }) as [Tensor, Tensor];
}

/**
 * Mean of each window. x [N, C, …] -> [N, C, …]. `stride` defaults to the kernel size.
 * @throws ShapeError, InputTooSmallError where a window is larger than the padded input, ArgumentError.
 */
export function avgPool(x: Tensor, kernelSize: PerAxis, options: AvgPoolOptions = {}): Tensor {
  const axes = windowsOf('avgPool', x, kernelSize, options);
  const { divisorOverride } = options;
  if (divisorOverride === undefined) return apply(avgPoolOperation, [x], { axes })[0]!;
  if (!Number.isFinite(divisorOverride) || divisorOverride === 0) {
    throw new ArgumentError(
      `avgPool: expected a divisorOverride other than 0, got ${divisorOverride}`,
    );
  }
  const divided = axes.map((axis, i) => ({
    ...axis,
    count: axis.count.map(() => (i === 0 ? divisorOverride : 1)),
  }));
  return apply(avgPoolOperation, [x], { axes: divided })[0]!;
}

function adaptiveAxes(op: string, x: Tensor, outputSize: PerAxis): PoolAxis[] {
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  return perAxis(op, 'outputSize', outputSize, dims).map((out, i) => {
    const extent = x.shape[i + 2]!;
    if (extent === 0) {
      throw new InputTooSmallError(
        `${op}: input ${formatShape(x.shape)} is empty on axis ${i + 2}`,
      );
    }
    return adaptiveWindows(extent, out);
  });
}

/** Means over as many near-equal windows as `outputSize` says. torch.nn.AdaptiveAvgPool. */
export function adaptiveAvgPool(x: Tensor, outputSize: PerAxis): Tensor {
  return apply(avgPoolOperation, [x], { axes: adaptiveAxes('adaptiveAvgPool', x, outputSize) })[0]!;
}

/** Maxima over as many near-equal windows as `outputSize` says. torch.nn.AdaptiveMaxPool. */
export function adaptiveMaxPool(x: Tensor, outputSize: PerAxis): Tensor {
  const [values, indices] = adaptiveMaxPoolWithIndices(x, outputSize);
  indices.dispose();
  return values;
}

/** `adaptiveMaxPool` with the flat position of each maximum in the input's spatial extent, as int32. */
export function adaptiveMaxPoolWithIndices(
  x: Tensor,
  outputSize: PerAxis,
): [values: Tensor, indices: Tensor] {
  const axes = adaptiveAxes('adaptiveMaxPool', x, outputSize);
  return apply(maxPoolOperation, [x], { axes }) as [Tensor, Tensor];
}
