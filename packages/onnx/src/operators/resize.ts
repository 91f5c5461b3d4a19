import {
  add,
  formatShape,
  full,
  gridSample,
  gt,
  indexSelect,
  interpolate,
  matmul,
  ShapeError,
  transpose,
  where,
  type Tensor,
} from '@convnet/tensor-core';

import { HostTensor, requireFew } from '../host/host-tensor.ts';
import type { Operator, Run } from '../import/operator.ts';
import type { Operands } from '../import/operands.ts';
import { positiveAxes } from './axes.ts';
import {
  coordinateModes,
  nearestModes,
  nearestPositions,
  originalPosition,
  resizeMatrix,
  type AxisResize,
} from './resample.ts';

/** What does not depend on the axis. */
type Method = Omit<AxisResize, 'extent' | 'out' | 'scale' | 'crop'> & {
  readonly extrapolation: number;
};

/** Extents of the result and the factors that positions are stepped by, for every axis. */
interface Target {
  readonly sizes: readonly number[];
  readonly scales: readonly number[];
}

const resize: Operator = {
  host: [1, 2, 3],
  prepare: (node) => {
    const mode = node.string('mode', ['nearest', 'linear', 'cubic'], 'nearest');
    // The first version of the operator had no other.
    const coordinates = node.string(
      'coordinate_transformation_mode',
      coordinateModes,
      node.opset < 11 ? 'asymmetric' : 'half_pixel',
    );
    const method: Method = {
      mode,
      coordinates,
      nearest: node.string(
        'nearest_mode',
        nearestModes,
        node.opset < 11 ? 'floor' : 'round_prefer_floor',
      ),
      cubicCoefficient: node.float('cubic_coeff_a', -0.75),
      excludeOutside: node.flag('exclude_outside'),
      antialias: node.flag('antialias'),
      extrapolation: node.float('extrapolation_value', 0),
    };
    const axes = node.ints('axes');
    const policy = node.string(
      'keep_aspect_ratio_policy',
      ['stretch', 'not_larger', 'not_smaller'],
      'stretch',
    );
    return (inputs) => {
      const x = inputs.tensor(0);
      const along = axes === null ? x.shape.map((_, i) => i) : positiveAxes('Resize', axes, x.rank);
      const isFirst = node.opset < 11;
      const scales = given(inputs, isFirst ? 1 : 2);
      const sizes = isFirst ? null : given(inputs, 3);
      const target = targetOf(x, along, scales, sizes, policy);
      const roi = coordinates === 'tf_crop_and_resize' ? given(inputs, 1) : null;
      const crops = x.shape.map((_, axis): [number, number] => {
        const i = along.indexOf(axis);
        return roi === null || i < 0 ? [0, 1] : [roi[i]!, roi[along.length + i]!];
      });
      return resized(inputs, target, method, crops);
    };
  },
};

/** The numbers of an optional input, which may also be there and empty. */
function given(inputs: Operands, i: number): number[] | null {
  const numbers = inputs.numbers(i);
  return numbers === null || numbers.length === 0 ? null : numbers;
}

function targetOf(
  x: Tensor,
  along: readonly number[],
  scales: readonly number[] | null,
  sizes: readonly number[] | null,
  policy: 'stretch' | 'not_larger' | 'not_smaller',
): Target {
  const count = (scales ?? sizes)?.length;
  if (count !== along.length) {
    throw new ShapeError(
      `Resize: expected scales or sizes for ${along.length} axes of ${formatShape(x.shape)}, got ${count ?? 0}`,
    );
  }
  const factors = x.shape.map(() => 1);
  const extents = [...x.shape];
  const ratios = along.map((axis, i) => scales?.[i] ?? sizes![i]! / x.shape[axis]!);
  const common =
    policy === 'stretch'
      ? null
      : policy === 'not_larger'
        ? Math.min(...ratios)
        : Math.max(...ratios);
  along.forEach((axis, i) => {
    const extent = x.shape[axis]!;
    factors[axis] = sizes !== null && common !== null ? common : ratios[i]!;
    if (sizes === null) extents[axis] = Math.floor(extent * ratios[i]!);
    else extents[axis] = common === null ? sizes[i]! : Math.round(common * extent);
  });
  return { sizes: extents, scales: factors };
}

function resized(
  inputs: Operands,
  target: Target,
  method: Method,
  crops: readonly (readonly [number, number])[],
): Tensor {
  const x = inputs.tensor(0);
  // What each position is made of is worked out on the host.
  for (const extent of target.sizes) requireFew('Resize', extent);
  const same = sameHere(x, target, method);
  if (same !== null) return same;
  const { coordinates, mode, extrapolation } = method;
  const isCrop = coordinates === 'tf_crop_and_resize';
  let y = x;
  let outside: Tensor | null = null;
  x.shape.forEach((extent, axis) => {
    const [out, scale, crop] = [target.sizes[axis]!, target.scales[axis]!, crops[axis]!];
    if (out === extent && scale === 1 && !isCrop) return;
    const options: AxisResize = { ...method, extent, out, scale, crop };
    y = mode === 'nearest' ? picked(inputs, y, axis, options) : mixed(inputs, y, axis, options);
    if (!isCrop) return;
    const beyond = Array.from({ length: out }, (_, o) => {
      const position = originalPosition(o, options);
      return Number(position < 0 || position > extent - 1);
    });
    if (!beyond.includes(1)) return;
    const shape = x.shape.map((_, i) => (i === axis ? out : 1));
    const found = inputs.made(new HostTensor('float32', shape, beyond));
    outside = outside === null ? found : add(outside, found);
  });
  return outside === null
    ? y
    : where(gt(outside, 0), full([], extrapolation, { device: x.device }), y);
}

/** The resizing that the engine has a kernel for, or null. */
function sameHere(x: Tensor, { sizes, scales }: Target, method: Method): Tensor | null {
  const isSpatial =
    x.rank >= 3 && x.rank <= 5 && sizes[0] === x.shape[0] && sizes[1] === x.shape[1];
  if (!isSpatial || scales[0] !== 1 || scales[1] !== 1 || method.antialias) return null;
  const { mode, coordinates, nearest } = method;
  const size = sizes.slice(2);
  // The factors are those of the extents, or give them.
  const own = scales.slice(2);
  const isRatio = own.every((scale, i) => scale === size[i]! / x.shape[i + 2]!);
  const extents = isRatio ? { size } : { scaleFactor: own };
  if (mode === 'nearest' && coordinates === 'asymmetric' && nearest === 'floor') {
    return interpolate(x, { ...extents, mode: 'nearest' });
  }
  if (mode !== 'linear') return null;
  const isWhole = own.every((scale, i) => size[i] === scale * x.shape[i + 2]!);
  if (coordinates === 'align_corners') {
    return isWhole ? interpolate(x, { size, mode: 'linear', alignCorners: true }) : null;
  }
  const isHalf = coordinates === 'half_pixel' || coordinates === 'pytorch_half_pixel';
  const isLong = coordinates === 'half_pixel' || size.every((extent) => extent > 1);
  const steps = own.every((scale, i) => scale === 1 || size[i] !== x.shape[i + 2]);
  return isHalf && isLong && steps && !method.excludeOutside
    ? interpolate(x, { ...extents, mode: 'linear' })
    : null;
}

function picked(inputs: Operands, x: Tensor, axis: number, options: AxisResize): Tensor {
  const index = inputs.fixed(`resize ${JSON.stringify(options)}`, () => {
    const positions = nearestPositions(options);
    return new HostTensor('int32', [positions.length], positions);
  });
  return indexSelect(x, axis, index);
}

function mixed(inputs: Operands, x: Tensor, axis: number, options: AxisResize): Tensor {
  const { extent, out } = options;
  const matrix = inputs.fixed(
    `resize ${JSON.stringify(options)}`,
    () => new HostTensor('float32', [extent, out], resizeMatrix(options)),
  );
  const last = x.rank - 1;
  if (axis === last) return matmul(x, matrix);
  return transpose(matmul(transpose(x, axis, last), matrix), axis, last);
}

/** What Resize was called before opset 10, with scales only. */
const upsample: Operator = {
  host: [1],
  prepare: (node): Run => {
    const mode = node.string('mode', ['nearest', 'linear'], 'nearest');
    const attribute = node.opset < 9 ? node.floats('scales') : null;
    const method: Method = {
      mode,
      coordinates: 'asymmetric',
      nearest: 'floor',
      cubicCoefficient: 0,
      excludeOutside: false,
      antialias: false,
      extrapolation: 0,
    };
    return (inputs) => {
      const x = inputs.tensor(0);
      const axes = x.shape.map((_, i) => i);
      const target = targetOf(x, axes, attribute ?? given(inputs, 1), null, 'stretch');
      return resized(
        inputs,
        target,
        method,
        axes.map(() => [0, 1]),
      );
    };
  },
};

const gridSampleOf: Operator = {
  prepare: (node) => {
    const known = ['bilinear', 'linear', 'nearest', 'bicubic', 'cubic'];
    const mode = node.string('mode', known, 'bilinear');
    const paddingMode = node.string('padding_mode', ['zeros', 'border', 'reflection'], 'zeros');
    const alignCorners = node.flag('align_corners');
    return (inputs) =>
      gridSample(inputs.tensor(0), inputs.tensor(1), {
        mode: mode === 'nearest' ? mode : mode.endsWith('cubic') ? 'bicubic' : 'bilinear',
        paddingMode,
        alignCorners,
      });
  },
};

export const resizeOperators: Readonly<Record<string, Operator>> = {
  GridSample: gridSampleOf,
  Resize: resize,
  Upsample: upsample,
};
