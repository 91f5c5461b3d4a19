import type { ResampleAxis } from '../backend.ts';
import { ArgumentError, InputTooSmallError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { savesNothing, type Operation } from '../operation.ts';
import { formatShape, formatValue } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { adaptiveAvgPool } from './pool.ts';
import { requireFloating, requireOneOf } from './require.ts';
import { resampleMatrix } from './resample-axes.ts';
import { perAxis, spatialRank, type PerAxis } from './spatial.ts';

interface ResampleAttributes {
  readonly axes: readonly ResampleAxis[];
  readonly adjoint: readonly ResampleAxis[];
}

const resampleOperation: Operation<ResampleAttributes> = {
  name: 'resample',
  infer: ([x], { axes }) => [
    {
      shape: [...x!.shape.slice(0, 2), ...axes.map((axis) => axis.first.length - 1)],
      dtype: x!.dtype,
    },
  ],
  run: (kernels, [x], { axes }, out) => [kernels.resample(x!, axes, out[0]!)],
  saves: () => savesNothing,
  gradient: ({ gradients, attributes: { axes, adjoint } }) => [
    apply(resampleOperation, [gradients[0]!], { axes: adjoint, adjoint: axes })[0]!,
  ],
  cost([x], _, { axes }) {
    const planes = x!.shape[0]! * x!.shape[1]!;
    const macs = axes.reduce((product, axis) => product * axis.index.length, planes);
    return { macs, flops: 2 * macs };
  },
};

export interface InterpolateOptions {
  /** Spatial extents of the result. */
  readonly size?: PerAxis;
  /** Or what to multiply them by, rounded down. */
  readonly scaleFactor?: number | readonly number[];
  /**
   * 'linear' works for every rank; 'bilinear' and 'trilinear' are its names for two and three spatial
   * axes. 'nearest' rounds positions down, 'nearest-exact' takes the nearest centre, 'area' is adaptive
   * average pooling. Default 'nearest'.
   */
  readonly mode?: 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'trilinear' | 'area';
  /** For the linear modes: the corner elements, not their outer edges, fall together. Default false. */
  readonly alignCorners?: boolean;
  /** Steps by the ratio of the extents instead of by `scaleFactor`. Default false. */
  readonly recomputeScaleFactor?: boolean;
}

/**
 * x [N, C, …] at other spatial extents. Without antialiasing. torch.nn.functional.interpolate.
 * @throws ShapeError, InputTooSmallError, DTypeError; ArgumentError unless just one of `size` and
 * `scaleFactor` is given, or where the result would be empty.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const op = 'interpolate';
  const { mode = 'nearest', alignCorners = false, recomputeScaleFactor = false } = options;
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  const kind = kindOf(op, x, mode, dims);
  if (alignCorners && kind !== 'linear') {
    throw new ArgumentError(`${op}: alignCorners has no meaning for mode '${mode}'`);
  }
  const extents = x.shape.slice(2);
  if (extents.includes(0)) {
    throw new InputTooSmallError(`${op}: input ${formatShape(x.shape)} is empty`);
  }
  const { size, factors } = target(op, extents, options);
  if (kind === 'area') return adaptiveAvgPool(x, size);
  const matrices = extents.map((extent, i) =>
    resampleMatrix({
      mode: kind,
      extent,
      out: size[i]!,
      alignCorners,
      factor: recomputeScaleFactor ? undefined : factors?.[i],
    }),
  );
  return apply(resampleOperation, [x], {
    axes: matrices.map((matrix) => matrix.axis),
    adjoint: matrices.map((matrix) => matrix.adjoint),
  })[0]!;
}

type Kind = 'nearest' | 'nearest-exact' | 'linear' | 'area';

function kindOf(op: string, x: Tensor, mode: string, dims: number): Kind {
  requireOneOf(op, 'mode', mode, [
    'nearest',
    'nearest-exact',
    'linear',
    'bilinear',
    'trilinear',
    'area',
  ]);
  const only = { bilinear: 2, trilinear: 3 }[mode];
  if (only === undefined) return mode as Kind;
  if (only !== dims) {
    throw new ShapeError(
      `${op}: mode '${mode}' is for ${only} spatial axes, got input ${formatShape(x.shape)}`,
    );
  }
  return 'linear';
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
