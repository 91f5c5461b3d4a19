import { aNumber, requireKind } from '../kinds.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, div, neg, sub } from './arithmetic.ts';
import { erfOf } from './erf.ts';
import { reshape } from './layout.ts';
import { pointwiseOver } from './pointwise.ts';
import {
  byInput,
  byOutput,
  gradientKernel,
  savesBoth,
  savesInput,
  savesOutput,
  unary,
  type PointwiseRow,
} from './pointwise-row.ts';
import { requireFinite, requireOneOf, requireSameDType } from './require.ts';
import { within } from './within.ts';

const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));
const softplusOf = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));
const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const geluTanhInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** @internal Activation functions. */
export const activationRows: Readonly<Record<string, PointwiseRow>> = {
  relu: {
    inputs: 1,
    scalars: 0,
    // A negative zero stays one, as in PyTorch.
    forward: (x) => (x < 0 ? 0 : x),
    result: 'same',
    saves: savesOutput,
    gradient: byOutput('reluGrad'),
    bounds: () => ({ low: 0, high: Infinity, isOneSided: true }),
  },
  reluGrad: gradientKernel((g, y) => (y <= 0 ? 0 : g)),
  sigmoid: unary(sigmoidOf, savesOutput, byOutput('sigmoidGrad')),
  sigmoidGrad: gradientKernel((g, y) => g * y * (1 - y)),
  tanh: unary(Math.tanh, savesOutput, byOutput('tanhGrad')),
  tanhGrad: gradientKernel((g, y) => g * (1 - y * y)),
  /** hardtanh(x, min, max): gradient strictly inside. relu6 is hardtanh(x, 0, 6). */
  hardtanh: unary((x, low, high) => within(x, low, high), savesInput, byInput('hardtanhGrad'), {
    exampleScalars: [-1, 1],
    bounds: ([low, high]) => ({ low: low!, high: high!, isOneSided: false }),
  }),
  hardtanhGrad: gradientKernel((g, x, low, high) => (x > low && x < high ? g : 0), [-1, 1]),
  leakyRelu: unary((x, slope) => (x > 0 ? x : x * slope), savesInput, byInput('leakyReluGrad'), {
    exampleScalars: [0.1],
  }),
  leakyReluGrad: gradientKernel((g, x, slope) => (x > 0 ? g : g * slope), [0.1]),
  /** elu(x, alpha, scale): scale * (x > 0 ? x : alpha * (exp(x) - 1)); selu is a choice of both. */
  elu: unary(
    (x, alpha, scale) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
    savesInput,
    byInput('eluGrad'),
    { exampleScalars: [1.3, 1.1] },
  ),
  eluGrad: gradientKernel(
    (g, x, alpha, scale) => g * scale * (x > 0 ? 1 : alpha * Math.exp(x)),
    [1.3, 1.1],
  ),
  gelu: unary((x) => 0.5 * x * (1 + erfOf(x / Math.SQRT2)), savesInput, byInput('geluGrad')),
  geluGrad: gradientKernel(
    (g, x) => g * (0.5 * (1 + erfOf(x / Math.SQRT2)) + x * normalDensity(x)),
  ),
  geluTanh: unary(
    (x) => 0.5 * x * (1 + Math.tanh(geluTanhInner(x))),
    savesInput,
    byInput('geluTanhGrad'),
  ),
  geluTanhGrad: gradientKernel((g, x) => {
    const t = Math.tanh(geluTanhInner(x));
    const slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope);
  }),
  silu: unary((x) => x * sigmoidOf(x), savesInput, byInput('siluGrad')),
  siluGrad: gradientKernel((g, x) => {
    const s = sigmoidOf(x);
    return g * s * (1 + x * (1 - s));
  }),
  mish: unary((x) => x * Math.tanh(softplusOf(x)), savesInput, byInput('mishGrad')),
  mishGrad: gradientKernel((g, x) => {
    const t = Math.tanh(softplusOf(x));
    return g * (t + x * (1 - t * t) * sigmoidOf(x));
  }),
  hardswish: unary(
    (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    savesInput,
    byInput('hardswishGrad'),
  ),
  hardswishGrad: gradientKernel((g, x) => (x < -3 ? 0 : x > 3 ? g : g * (x / 3 + 0.5))),
  hardsigmoid: unary(
    (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
    savesInput,
    byInput('hardsigmoidGrad'),
  ),
  hardsigmoidGrad: gradientKernel((g, x) => (x > -3 && x < 3 ? g / 6 : 0)),
  /** softplusOf(x, beta, threshold): log(1 + exp(beta x)) / beta, and x itself where beta x > threshold. */
  softplus: unary(
    (x, beta, threshold) => (beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta),
    savesInput,
    byInput('softplusGrad'),
    { exampleScalars: [1.5, 20] },
  ),
  softplusGrad: gradientKernel(
    (g, x, beta, threshold) => (beta * x > threshold ? g : g * sigmoidOf(beta * x)),
    [1.5, 20],
  ),
  /** prelu(x, slope): the slope broadcasts along the channels. */
  prelu: {
    inputs: 2,
    scalars: 0,
    forward: (x, slope) => (x > 0 ? x : x * slope),
    result: 'float',
    saves: savesBoth,
    gradient: ({ g, x, needs, op }) => [
      needs[0] ? op('preluGrad', [g, x[0]!, x[1]!]) : null,
      needs[1] ? op('preluSlopeGrad', [g, x[0]!]) : null,
    ],
  },
  preluGrad: {
    inputs: 3,
    scalars: 0,
    forward: (g, x, slope) => (x > 0 ? g : g * slope),
    result: 'same',
  },
  preluSlopeGrad: gradientKernel((g, x) => (x > 0 ? 0 : g * x)),
};

const pointwise = pointwiseOver(activationRows);

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return pointwise('relu', [x]);
}

/** min(max(x, 0), 6). */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, 0, 6);
}

/**
 * x, limited to [min, max]; the gradient is 0 at and beyond both.
 * @throws ArgumentError unless min < max.
 */
export function hardtanh(x: Tensor, min = -1, max = 1): Tensor {
  requireKind('hardtanh', 'min', min, aNumber);
  requireKind('hardtanh', 'max', max, aNumber);
  if (!(min < max)) {
    throw new ArgumentError(`hardtanh: expected min below max, got ${min} and ${max}`);
  }
  return pointwise('hardtanh', [x], [min, max]);
}

/** x where positive, else `negativeSlope` x. @throws ArgumentError for a slope that is not finite. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  requireFinite('leakyRelu', { negativeSlope });
  return pointwise('leakyRelu', [x], [negativeSlope]);
}

/**
 * x where positive, else `slope` x, with a learned slope: one, or one for each channel (axis 1).
 * He et al., "Delving Deep into Rectifiers", ICCV 2015.
 * @throws ShapeError for another number of slopes, DTypeError where the types differ.
 */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  requireTensor('prelu', x);
  requireTensor('prelu', slope);
  const channels = x.rank < 2 ? 1 : x.shape[1]!;
  if (slope.size !== 1 && slope.size !== channels) {
    throw new ShapeError(
      `prelu: expected 1 slope or ${channels}, one for each channel of ${formatShape(x.shape)}, got ` +
        formatShape(slope.shape),
    );
  }
  requireSameDType('prelu', 'a slope', x, slope);
  const perChannel = x.shape.map((_, axis) => (axis === 1 ? slope.size : 1));
  return scope(() => pointwise('prelu', [x, reshape(slope, perChannel)]));
}

/** x where positive, else alpha (exp(x) - 1). @throws ArgumentError for an alpha that is not finite. */
export function elu(x: Tensor, alpha = 1): Tensor {
  requireFinite('elu', { alpha });
  return pointwise('elu', [x], [alpha, 1]);
}

/** Scaled elu with the fixed constants of Klambauer et al., "Self-Normalizing Neural Networks", 2017. */
export function selu(x: Tensor): Tensor {
  return pointwise('elu', [x], [1.6732632423543772, 1.0507009873554805]);
}

/** x Φ(x) with the normal distribution function Φ, or its tanh approximation. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  requireOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return pointwise(approximate === 'tanh' ? 'geluTanh' : 'gelu', [x]);
}

/** x sigmoid(x), also named swish. */
export function silu(x: Tensor): Tensor {
  return pointwise('silu', [x]);
}

/** x tanh(softplus(x)). */
export function mish(x: Tensor): Tensor {
  return pointwise('mish', [x]);
}

/** x min(max(x + 3, 0), 6) / 6. Howard et al., "Searching for MobileNetV3", ICCV 2019. */
export function hardswish(x: Tensor): Tensor {
  return pointwise('hardswish', [x]);
}

/** min(max(x + 3, 0), 6) / 6. */
export function hardsigmoid(x: Tensor): Tensor {
  return pointwise('hardsigmoid', [x]);
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Tensor): Tensor {
  return pointwise('sigmoid', [x]);
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return pointwise('tanh', [x]);
}

/**
 * log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`.
 * @throws ArgumentError for a beta that is 0 or not finite, or a threshold that is not finite.
 */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  requireFinite('softplus', { beta, threshold });
  if (beta === 0) throw new ArgumentError('softplus: expected a beta other than 0, got 0');
  return pointwise('softplus', [x], [beta, threshold]);
}

/** log(sigmoid(x)), without its loss of precision. */
export function logSigmoid(x: Tensor): Tensor {
  return scope(() => neg(softplus(neg(x))));
}

/** x / (1 + |x|). */
export function softsign(x: Tensor): Tensor {
  return scope(() => div(x, add(abs(x), 1)));
}

/** x - tanh(x). */
export function tanhshrink(x: Tensor): Tensor {
  return scope(() => sub(x, tanh(x)));
}
