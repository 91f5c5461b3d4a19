import type { ConvGeometry } from '../backend.ts';
import { ArgumentError, InputTooSmallError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { savesOtherFactors, type Cost, type Operation } from '../operation.ts';
import { aCount, aPadding, paddingAmounts, integersFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { requireTensor, requireTensorOrNull } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { sumOperation } from './broadcast.ts';
import { reshape } from './layout.ts';
import { aPaddingMode, pad, type PaddingMode } from './pad.ts';
import { requireFloating, requireSameDType } from './require.ts';
import {
  perAxis,
  requirePositions,
  resolvePadding,
  spatialNames,
  spatialRank,
  type Padding,
  type PerAxis,
} from './spatial.ts';

/** Options of `conv`. */
export interface ConvOptions {
  /** Default 1. */
  readonly stride?: PerAxis;
  /** Positions around the input. Default 0. */
  readonly padding?: Padding;
  /** What the padding is made of. Default 'zeros'. */
  readonly paddingMode?: PaddingMode;
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: PerAxis;
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

const convOptions = optionKinds<ConvOptions>({
  stride: integersFrom(1),
  padding: aPadding,
  paddingMode: aPaddingMode,
  dilation: integersFrom(1),
  groups: aCount,
});

/** @throws ArgumentError for an input that is too long with its padding. */
function requirePadded(op: string, shape: readonly number[], geometry: ConvGeometry): void {
  const { padBegin, padEnd } = geometry;
  const padded = padBegin.map((begin, i) => shape[i + 2]! + begin + padEnd[i]!);
  requirePositions(op, 'padded extents', padded);
}

function convCost(weight: Tensor, positions: Tensor): Cost {
  const macs = (positions.size / positions.shape[1]!) * weight.size;
  return { macs, flops: 2 * macs };
}

const convOperation: Operation<ConvGeometry> = {
  name: 'conv',
  infer([x, weight], geometry) {
    requirePadded('conv', x!.shape, geometry);
    const spatial = x!.shape.slice(2).map((extent, i) => {
      const padded = extent + geometry.padBegin[i]! + geometry.padEnd[i]!;
      const reach = geometry.dilation[i]! * (weight!.shape[i + 2]! - 1) + 1;
      if (padded < reach) {
        throw new InputTooSmallError(
          `conv: input ${formatShape(x!.shape)} is too small: axis ${i + 2} needs at least ` +
            `${reach - (padded - extent)}, got ${extent}`,
        );
      }
      return Math.floor((padded - reach) / geometry.stride[i]!) + 1;
    });
    return [{ shape: [x!.shape[0]!, weight!.shape[0]!, ...spatial], dtype: x!.dtype }];
  },
  run: (kernels, [x, weight, bias], geometry, out) => [
    kernels.conv(x!, weight!, bias ?? null, geometry, out[0]!),
  ],
  saves: savesOtherFactors,
  gradient({ gradients, inputs, inputShapes, needs, attributes }) {
    const g = gradients[0]!;
    const [x, weight] = inputs;
    return [
      needs[0] ? convInputGrad(g, weight!, attributes, inputShapes[0]!) : null,
      needs[1] ? convWeightGrad(x!, g, attributes, inputShapes[1]!) : null,
      needs[2] ? sumOverPositions(g) : null,
    ];
  },
  cost: ([, weight], outputs) => convCost(weight!, outputs[0]!),
};

interface AdjointAttributes {
  readonly geometry: ConvGeometry;
  /** The shape that the kernel cannot infer. */
  readonly shape: readonly number[];
}

/** The adjoint of conv in its input: the gradient by the input, and transposed convolution. */
const convInputGradOperation: Operation<AdjointAttributes> = {
  name: 'convTranspose',
  infer: ([dy], { shape }) => [{ shape, dtype: dy!.dtype }],
  run: (kernels, [dy, weight], { geometry }, out) => [
    kernels.convInputGrad(dy!, weight!, geometry, out[0]!),
  ],
  saves: savesOtherFactors,
  gradient({ gradients, inputs, inputShapes, needs, attributes: { geometry } }) {
    const g = gradients[0]!;
    const [dy, weight] = inputs;
    return [
      needs[0] ? apply(convOperation, [g, weight!, null], geometry)[0]! : null,
      needs[1] ? convWeightGrad(g, dy!, geometry, inputShapes[1]!) : null,
    ];
  },
  cost: ([dy, weight]) => convCost(weight!, dy!),
};

const convWeightGradOperation: Operation<AdjointAttributes> = {
  name: 'convWeightGrad',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  run: (kernels, [x, dy], { geometry }, out) => [
    kernels.convWeightGrad(x!, dy!, geometry, out[0]!),
  ],
  cost: ([, dy], outputs) => convCost(outputs[0]!, dy!),
};

function convInputGrad(
  dy: Tensor,
  weight: Tensor,
  geometry: ConvGeometry,
  shape: readonly number[],
): Tensor {
  return apply(convInputGradOperation, [dy, weight], { geometry, shape })[0]!;
}

function convWeightGrad(
  x: Tensor,
  dy: Tensor,
  geometry: ConvGeometry,
  shape: readonly number[],
): Tensor {
  return apply(convWeightGradOperation, [x, dy], { geometry, shape })[0]!;
}

function sumOverPositions(g: Tensor): Tensor {
  const axes = [0];
  for (let axis = 2; axis < g.rank; axis++) axes.push(axis);
  return apply(sumOperation, [g], { axes })[0]!;
}

/** Geometry from options, once ranks and channels have been checked. */
function geometryOf(op: string, weight: Tensor, options: ConvOptions): ConvGeometry {
  const kernel = weight.shape.slice(2);
  const dims = kernel.length;
  const stride = perAxis(op, 'stride', options.stride ?? 1, dims);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, dims);
  const padding = resolvePadding(op, options.padding ?? 0, kernel, dilation, stride);
  if (kernel.some((extent) => extent < 1)) {
    throw new ShapeError(
      `${op}: expected a kernel of at least 1 along each axis, got weight ${formatShape(weight.shape)}`,
    );
  }
  const { groups = 1 } = options;
  return { stride, padBegin: padding.begin, padEnd: padding.end, dilation, groups };
}

function requireFit(
  op: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  channels: number,
  outputs: number,
): void {
  requireTensor(op, x);
  requireTensorOrNull(op, bias, 'a bias');
  const dims = weight.rank - 2;
  if (x.rank !== weight.rank || x.shape[1] !== channels) {
    const built = x.rank === weight.rank ? '' : ` (this weight has dims: ${dims})`;
    throw new ShapeError(
      `${op}: expected input [N, ${channels}, ${spatialNames(dims)}], got ${formatShape(x.shape)}${built}`,
    );
  }
  if (bias !== null && (bias.rank !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError(`${op}: expected a bias [${outputs}], got ${formatShape(bias.shape)}`);
  }
  requireFloating(op, x);
  requireSameDType(op, 'a weight', x, weight);
  requireSameDType(op, 'a bias', x, bias);
}

/**
 * Convolution (cross-correlation, as in PyTorch) over as many spatial axes as the input has.
 *
 * x [N, C, …], weight [O, C / groups, k…], bias [O] -> [N, O, …].
 * @throws ShapeError for ranks or channels that do not fit; InputTooSmallError where the padded input is
 * smaller than the kernel; ArgumentError for options out of range or groups that do not divide.
 */
export function conv(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvOptions = {},
): Tensor {
  checkOptions('conv', options, convOptions);
  const { paddingMode = 'zeros' } = options;
  spatialRank('conv', weight);
  const geometry = geometryOf('conv', weight, options);
  const outputs = weight.shape[0]!;
  requireFit('conv', x, weight, bias, weight.shape[1]! * geometry.groups, outputs);
  if (outputs % geometry.groups !== 0) {
    throw new ArgumentError(
      `conv: ${outputs} output channels do not divide into ${geometry.groups} groups`,
    );
  }
  const { padBegin, padEnd } = geometry;
  if (paddingMode === 'zeros' || padBegin.every((begin, i) => begin === 0 && padEnd[i] === 0)) {
    return apply(convOperation, [x, weight, bias], geometry)[0]!;
  }
  return scope(() => {
    const padded = pad(
      x,
      padBegin.map((begin, i) => [begin, padEnd[i]!]),
      paddingMode,
    );
    const none = padBegin.map(() => 0);
    const unpadded = { ...geometry, padBegin: none, padEnd: none };
    return apply(convOperation, [padded, weight, bias], unpadded)[0]!;
  });
}

/** Options of `convTranspose`. */
export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding' | 'paddingMode'> {
  /** Cropped from the result on each side. Default 0. */
  readonly padding?: Exclude<Padding, string>;
  /** Added to the end of the result, to choose among the extents that `conv` maps to one. Default 0. */
  readonly outputPadding?: PerAxis;
}

const convTransposeOptions = optionKinds<ConvTransposeOptions>({
  stride: integersFrom(1),
  padding: paddingAmounts,
  outputPadding: integersFrom(0),
  dilation: integersFrom(1),
  groups: aCount,
});

/**
 * Transposed convolution: the gradient of `conv` by its input.
 *
 * x [N, C, …], weight [C, O / groups, k…], bias [O] -> [N, O, …] with extents
 * (L - 1) stride - padding + dilation (k - 1) + outputPadding + 1.
 * @throws ShapeError, ArgumentError.
 */
export function convTranspose(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  checkOptions('convTranspose', options, convTransposeOptions);
  const op = 'convTranspose';
  spatialRank(op, weight);
  const geometry = geometryOf(op, weight, options);
  const dims = weight.rank - 2;
  const extra = perAxis(op, 'outputPadding', options.outputPadding ?? 0, dims, 0);
  const outputs = weight.shape[1]! * geometry.groups;
  requireFit(op, x, weight, bias, weight.shape[0]!, outputs);
  if (weight.shape[0]! % geometry.groups !== 0) {
    throw new ArgumentError(
      `${op}: ${weight.shape[0]!} input channels do not divide into ${geometry.groups} groups`,
    );
  }
  const spatial = x.shape.slice(2).map((extent, i) => {
    if (extra[i]! >= Math.max(geometry.stride[i]!, geometry.dilation[i]!)) {
      throw new ArgumentError(
        `${op}: outputPadding must be smaller than stride or dilation, got ${extra[i]} with stride ` +
          `${geometry.stride[i]} and dilation ${geometry.dilation[i]}`,
      );
    }
    return (
      (extent - 1) * geometry.stride[i]! -
      geometry.padBegin[i]! -
      geometry.padEnd[i]! +
      geometry.dilation[i]! * (weight.shape[i + 2]! - 1) +
      extra[i]! +
      1
    );
  });
  if (spatial.some((extent) => extent < 1)) {
    throw new InputTooSmallError(
      `${op}: input ${formatShape(x.shape)} is too small: the result would be ${formatShape(spatial)}`,
    );
  }
  // Where outputPadding reaches beyond the last stride, the matching convolution sees less at the end.
  const padEnd = geometry.padEnd.map((end, i) =>
    extra[i]! >= geometry.stride[i]! ? end - (extra[i]! - geometry.stride[i]! + 1) : end,
  );
  const shape = [x.shape[0]!, outputs, ...spatial];
  requirePadded(op, shape, geometry);
  return scope(() => {
    const y = convInputGrad(x, weight, { ...geometry, padEnd }, shape);
    return bias === null ? y : add(y, reshape(bias, [1, outputs, ...spatial.map(() => 1)]));
  });
}
