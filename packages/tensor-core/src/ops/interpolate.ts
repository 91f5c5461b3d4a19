import type { ResampleAxis } from '../backend.ts';
import { ArgumentError, InputTooSmallError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import type { Operation } from '../operation.ts';
import { aBoolean, integersFrom, perAxisNumbers, oneOf, type Kind } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { formatValue } from '../format-value.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { adaptiveAvgPool } from './pool.ts';
import { requireFloating } from './require.ts';
import { resampleMatrix, type ResampleMatrix } from './resample-axes.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

interface InterpolateAttributes {
  readonly mode: 'nearest' | 'nearest-exact' | 'linear' | 'cubic';
  /** Extents of the result. */
  readonly size: readonly number[];
  readonly alignCorners: boolean;
  /** The factors to step by, where they were given instead of the size and are not computed anew from it. */
  readonly scaleFactor: readonly number[] | null;
}

/** The matrices that read the spatial axes of `shape` [N, C, …]. */
function matricesOf(
  { mode, size, alignCorners, scaleFactor }: InterpolateAttributes,
  shape: readonly number[],
): ResampleMatrix[] {
  return size.map((out, i) =>
    resampleMatrix({ mode, extent: shape[i + 2]!, out, alignCorners, factor: scaleFactor?.[i] }),
  );
}

function resampleCost(
  shape: readonly number[],
  axes: readonly ResampleAxis[],
): { readonly macs: number; readonly flops: number } {
  const macs = axes.reduce((product, axis) => product * axis.index.length, shape[0]! * shape[1]!);
  return { macs, flops: 2 * macs };
}

const interpolateOperation: Operation<InterpolateAttributes> = {
  name: 'interpolate',
  infer: ([x], { size }) => [{ shape: [...x!.shape.slice(0, 2), ...size], dtype: x!.dtype }],
  run: (kernels, [x], attributes, out) => [
    kernels.resample(
      x!,
      matricesOf(attributes, x!.shape).map(({ axis }) => axis),
      out[0]!,
    ),
  ],
  gradient: ({ gradients, inputShapes, attributes }) => [
    apply(interpolateGradOperation, [gradients[0]!], {
      of: attributes,
      shape: inputShapes[0]!,
    })[0]!,
  ],
  cost: ([x], _, attributes) =>
    resampleCost(
      x!.shape,
      matricesOf(attributes, x!.shape).map(({ axis }) => axis),
    ),
};

/** The transposed matrices: from the gradient of the result to that of the input, of shape `shape`. */
const interpolateGradOperation: Operation<{
  readonly of: InterpolateAttributes;
  readonly shape: readonly number[];
}> = {
  name: 'interpolateGrad',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy], { of, shape }, out) => [
    kernels.resample(
      dy!,
      matricesOf(of, shape).map(({ adjoint }) => adjoint),
      out[0]!,
    ),
  ],
  gradient: ({ gradients, attributes: { of } }) => [
    apply(interpolateOperation, [gradients[0]!], of)[0]!,
  ],
  cost: ([dy], _, { of, shape }) =>
    resampleCost(
      dy!.shape,
      matricesOf(of, shape).map(({ adjoint }) => adjoint),
    ),
};

/** Options of `interpolate`. */
export interface InterpolateOptions {
  /** Spatial extents of the result. */
  readonly size?: PerAxis;
  /** Or what to multiply them by, rounded down. */
  readonly scaleFactor?: number | readonly number[];
  /**
   * 'linear' works for every rank; 'bilinear' and 'trilinear' are its names for two and three spatial
   * axes. 'cubic' works for every rank too; 'bicubic' is its name for two. 'nearest' rounds positions down,
   * 'nearest-exact' takes the nearest centre, 'area' is adaptive average pooling. Default 'nearest'.
   */
  readonly mode?:
    | 'nearest'
    | 'nearest-exact'
    | 'linear'
    | 'bilinear'
    | 'trilinear'
    | 'cubic'
    | 'bicubic'
    | 'area';
  /** For the linear and cubic modes: the corner elements, not their outer edges, fall together. Default false. */
  readonly alignCorners?: boolean;
  /** Steps by the ratio of the extents instead of by `scaleFactor`. Default false. */
  readonly recomputeScaleFactor?: boolean;
}

/** How `interpolate` may go between elements. */
export const anInterpolation: Kind = oneOf(
  'nearest',
  'nearest-exact',
  'linear',
  'bilinear',
  'trilinear',
  'cubic',
  'bicubic',
  'area',
);

const interpolateOptions = optionKinds<InterpolateOptions>({
  size: integersFrom(1),
  scaleFactor: perAxisNumbers,
  mode: anInterpolation,
  alignCorners: aBoolean,
  recomputeScaleFactor: aBoolean,
});

/**
 * x [N, C, …] at other spatial extents. Without antialiasing. torch.nn.functional.interpolate.
 * @throws ShapeError, InputTooSmallError, DTypeError; ArgumentError unless just one of `size` and
 * `scaleFactor` is given, or where the result would be empty.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  checkOptions('interpolate', options, interpolateOptions);
  const op = 'interpolate';
  if (options === undefined)
    throw new ArgumentError(`${op}: expected options with size or scaleFactor, got none`);
  const { mode = 'nearest', alignCorners = false, recomputeScaleFactor = false } = options;
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  const method = methodOf(op, x, mode, dims);
  if (alignCorners && method !== 'linear' && method !== 'cubic') {
    throw new ArgumentError(`${op}: alignCorners has no meaning for mode '${mode}'`);
  }
  const extents = x.shape.slice(2);
  if (extents.includes(0)) {
    throw new InputTooSmallError(`${op}: input ${formatShape(x.shape)} is empty`);
  }
  const { size, factors } = target(op, extents, options);
  if (method === 'area') return adaptiveAvgPool(x, size);
  return apply(interpolateOperation, [x], {
    mode: method,
    size,
    alignCorners,
    scaleFactor: recomputeScaleFactor ? null : (factors ?? null),
  })[0]!;
}

type Method = 'nearest' | 'nearest-exact' | 'linear' | 'cubic' | 'area';

function methodOf(op: string, x: Tensor, mode: string, dims: number): Method {
  const only = { bilinear: 2, trilinear: 3, bicubic: 2 }[mode];
  if (only === undefined) return mode as Method;
  if (only !== dims) {
    throw new ShapeError(
      `${op}: mode '${mode}' is for ${only} spatial axes, got input ${formatShape(x.shape)}`,
    );
  }
  return mode === 'bicubic' ? 'cubic' : 'linear';
}

/** The extents of the result, and the factors where those were given. */
function target(
  op: string,
  extents: readonly number[],
  { size, scaleFactor }: InterpolateOptions,
): { size: number[]; factors?: readonly number[] } {
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new ArgumentError(
      `${op}: expected either size or scaleFactor, got ${size === undefined ? 'none' : 'both'}`,
    );
  }
  if (size !== undefined) return { size: perAxis(op, 'size', size, extents.length) };
  const factors = typeof scaleFactor === 'number' ? extents.map(() => scaleFactor) : scaleFactor!;
  if (
    factors.length !== extents.length ||
    !factors.every((factor) => Number.isFinite(factor) && factor > 0)
  ) {
    throw new ArgumentError(
      `${op}: expected scaleFactor as a finite number above 0, or one for each of ${extents.length} ` +
        `spatial axes, got ${formatValue(scaleFactor)}`,
    );
  }
  const scaled = extents.map((extent, i) => Math.floor(extent * factors[i]!));
  if (scaled.some((extent) => extent < 1)) {
    throw new ArgumentError(
      `${op}: scaleFactor ${formatValue(scaleFactor)} leaves nothing of ${formatShape(extents)}`,
    );
  }
  return { size: scaled, factors };
}
