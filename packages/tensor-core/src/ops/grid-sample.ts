import { noGrad } from '../autograd.ts';
import { ShapeError } from '../errors.ts';
import { aBoolean, oneOf } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { contiguousStrides, elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { hardtanh } from './activations.ts';
import { abs, add, clamp, floor, mul, neg, round, sub, where } from './arithmetic.ts';
import { eq, logicalAnd, ge, le } from './comparisons.ts';
import { expand } from './broadcast.ts';
import { filled } from '../filled.ts';
import { gather } from './gather.ts';
import { cast, reshape } from './layout.ts';
import { select } from './move.ts';
import { requireFloating, requireSameDType } from './require.ts';
import { spatialRank } from './spatial.ts';

/** Options of `gridSample`. */
export interface GridSampleOptions {
  /**
   * 'bilinear' (trilinear for three axes) mixes the nearest elements, 'bicubic' the four nearest along each of one or two
   * axes. Default 'bilinear'.
   */
  readonly mode?: 'bilinear' | 'nearest' | 'bicubic';
  /** What positions outside read: zeros, the nearest border, or the inside mirrored. Default 'zeros'. */
  readonly paddingMode?: 'zeros' | 'border' | 'reflection';
  /** Whether -1 and 1 are the centres of the corner elements, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

const gridSampleOptions = optionKinds<GridSampleOptions>({
  mode: oneOf('bilinear', 'nearest', 'bicubic'),
  paddingMode: oneOf('zeros', 'border', 'reflection'),
  alignCorners: aBoolean,
});

/**
 * Elements of x [N, C, …] at the positions of grid [N, …out, d], whose last axis holds x, y (and z), the
 * last spatial axis first, from -1 at one end of the input to 1 at the other. -> [N, C, …out].
 * Jaderberg et al., "Spatial Transformer Networks", NIPS 2015. torch.nn.functional.grid_sample.
 * In mode 'nearest' the gradient by the grid is 0.
 * @throws ShapeError, DTypeError, ArgumentError.
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  requireTensor('gridSample', grid);
  checkOptions('gridSample', options, gridSampleOptions);
  const op = 'gridSample';
  const { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false } = options;
  const dims = spatialRank(op, x);
  requireFloating(op, x);
  requireSameDType(op, 'a grid', x, grid);
  const [batch, channels, ...extents] = x.shape as [number, number, ...number[]];
  const fits =
    grid.rank === x.rank && grid.shape[0] === batch && grid.shape[grid.shape.length - 1] === dims;
  if (!fits || extents.includes(0)) {
    throw new ShapeError(
      `${op}: expected a grid [${batch}, ${extents.map(() => '…').join(', ')}, ${dims}] and an input ` +
        `that is not empty, got ${formatShape(grid.shape)} and ${formatShape(x.shape)}`,
    );
  }
  if (mode === 'bicubic' && dims > 2) {
    throw new ShapeError(
      `${op}: mode 'bicubic' is for one or two spatial axes, got input ${formatShape(x.shape)}`,
    );
  }
  const places = grid.shape.slice(1, -1);
  const count = elementCount(places);
  return scope(() => {
    const flat = reshape(x, [batch, channels, elementCount(extents)]);
    const tapsOf = tapsIn[mode];
    const alongAxes = extents.map((extent, i) => {
      const given = reshape(select(grid, -1, dims - 1 - i), [batch, 1, count]);
      const axis = { extent, paddingMode, alignCorners };
      return tapsOf(unnormalize(given, extent, alignCorners), axis);
    });
    const corners = combinations(alongAxes);
    const strides = contiguousStrides(extents);
    const read = corners.map((taps) => {
      const index = noGrad(() =>
        taps.map((tap, i) => mul(tap.index, strides[i]!)).reduce((a, b) => add(a, b)),
      );
      const values = gather(flat, 2, expand(index, [batch, channels, count]));
      return mul(
        values,
        taps.map((tap) => tap.weight).reduce((a, b) => mul(a, b)),
      );
    });
    return reshape(
      read.reduce((a, b) => add(a, b)),
      [batch, channels, ...places],
    );
  });
}

/** An element along one axis, for each place: where it is and how much it counts. */
interface Tap {
  /** int32, within the axis. */
  readonly index: Tensor;
  readonly weight: Tensor;
}

/** From -1 … 1 to 0 … extent - 1. */
function unnormalize(t: Tensor, extent: number, alignCorners: boolean): Tensor {
  return alignCorners ? mul(add(t, 1), (extent - 1) / 2) : mul(sub(mul(add(t, 1), extent), 1), 0.5);
}

interface Axis {
  readonly extent: number;
  readonly paddingMode: NonNullable<GridSampleOptions['paddingMode']>;
  readonly alignCorners: boolean;
}

/** Brings positions outside back inside, as `paddingMode` says. The borders themselves get no gradient. */
function inside(position: Tensor, { extent, paddingMode, alignCorners }: Axis): Tensor {
  if (paddingMode === 'zeros') return position;
  const reflected =
    paddingMode === 'border'
      ? position
      : alignCorners
        ? mirrored(position, 0, extent - 1)
        : mirrored(position, -0.5, extent);
  return extent === 1 ? noGrad(() => clamp(reflected, 0, 0)) : hardtanh(reflected, 0, extent - 1);
}

/** Reflects at `low` and `low + span`, again and again. */
function mirrored(position: Tensor, low: number, span: number): Tensor {
  if (span === 0) return mul(position, 0);
  const distance = abs(sub(position, low));
  const [flips, odd] = noGrad(() => {
    const turns = floor(mul(distance, 1 / span));
    return [turns, eq(sub(turns, mul(floor(mul(turns, 0.5)), 2)), 1)] as const;
  });
  const rest = sub(distance, mul(flips, span));
  return add(where(odd, add(neg(rest), span), rest), low);
}

/** The element at a whole-numbered position; outside the axis it counts nothing. */
function at(whole: Tensor, extent: number): Tap {
  return noGrad(() => ({
    index: cast(clamp(whole, 0, extent - 1), 'int32'),
    weight: cast(logicalAnd(ge(whole, 0), le(whole, extent - 1)), whole.dtype),
  }));
}

/** The element nearest to each place; its weight depends on the place with slope 0. */
function nearest(place: Tensor, axis: Axis): Tap[] {
  const position = inside(place, axis);
  const { index, weight } = noGrad(() => at(round(position), axis.extent));
  const still = where(filled(position, [], 0, 'bool'), position, 0);
  return [{ index, weight: add(weight, still) }];
}

/** The elements below and above each place. */
function linear(place: Tensor, axis: Axis): Tap[] {
  const position = inside(place, axis);
  const below = noGrad(() => floor(position));
  const share = sub(position, below);
  const [low, high] = noGrad(
    () => [at(below, axis.extent), at(add(below, 1), axis.extent)] as const,
  );
  return [
    { index: low.index, weight: mul(add(neg(share), 1), low.weight) },
    { index: high.index, weight: mul(share, high.weight) },
  ];
}

/** The slope of the cubic at distance 1, as PyTorch and OpenCV have it. */
const bend = -0.75;

/**
 * Two elements on each side of each place, each brought back inside by itself. Keys, "Cubic Convolution Interpolation", 1981.
 */
function cubic(place: Tensor, axis: Axis): Tap[] {
  const below = noGrad(() => floor(place));
  const share = sub(place, below);
  const rest = add(neg(share), 1);
  const weights = [far(add(share, 1)), near(share), near(rest), far(add(rest, 1))];
  return weights.map((weight, i) => {
    const tap = noGrad(() => at(inside(add(below, i - 1), axis), axis.extent));
    return { index: tap.index, weight: mul(weight, tap.weight) };
  });
}

/** The weight at distance t in [0, 1]: (a + 2) t³ - (a + 3) t² + 1. */
function near(t: Tensor): Tensor {
  return add(mul(mul(sub(mul(t, bend + 2), bend + 3), t), t), 1);
}

/** The weight at distance t in [1, 2]: a t³ - 5 a t² + 8 a t - 4 a. */
function far(t: Tensor): Tensor {
  return sub(mul(add(mul(sub(mul(t, bend), 5 * bend), t), 8 * bend), t), 4 * bend);
}

/** Which elements along an axis each mode reads. */
const tapsIn = { nearest, bilinear: linear, bicubic: cubic } as const;

/** Every choice of one element along each axis. */
function combinations(alongAxes: readonly (readonly Tap[])[]): Tap[][] {
  return alongAxes.reduce<Tap[][]>(
    (chosen, taps) => chosen.flatMap((before) => taps.map((tap) => [...before, tap])),
    [[]],
  );
}
