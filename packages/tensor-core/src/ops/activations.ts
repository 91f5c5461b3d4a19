import { aNumber, requireKind } from '../kinds.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, div, neg, sub } from './arithmetic.ts';
import { erfOf } from './erf.ts';
import { reshape } from './layout.ts';
import { pointwise } from './pointwise.ts';
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

const reluGradRow: PointwiseRow = gradientKernel('reluGrad', (g, y) => (y <= 0 ? 0 : g));

/** @internal */
export const reluRow: PointwiseRow = {
  name: 'relu',
  inputs: 1,
  scalars: 0,
  // A negative zero stays one, as in PyTorch.
  forward: (x) => (x < 0 ? 0 : x),
  result: 'same',
  saves: savesOutput,
  gradient: (context) => byOutput(reluGradRow, context),
  bounds: () => ({ low: 0, high: Infinity, isOneSided: true }),
};

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return pointwise(reluRow, [x]);
}

const sigmoidGradRow: PointwiseRow = gradientKernel('sigmoidGrad', (g, y) => g * y * (1 - y));

const sigmoidRow: PointwiseRow = unary('sigmoid', sigmoidOf, {
  saves: savesOutput,
  gradient: (context) => byOutput(sigmoidGradRow, context),
});

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Tensor): Tensor {
  return pointwise(sigmoidRow, [x]);
}

const tanhGradRow: PointwiseRow = gradientKernel('tanhGrad', (g, y) => g * (1 - y * y));

const tanhRow: PointwiseRow = unary('tanh', Math.tanh, {
  saves: savesOutput,
  gradient: (context) => byOutput(tanhGradRow, context),
});

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return pointwise(tanhRow, [x]);
}

const hardtanhGradRow: PointwiseRow = gradientKernel(
  'hardtanhGrad',
  (g, x, low, high) => (x > low && x < high ? g : 0),
  [-1, 1],
);

/** @internal hardtanh(x, min, max): gradient strictly inside. relu6 is hardtanh(x, 0, 6). */
export const hardtanhRow: PointwiseRow = unary('hardtanh', (x, low, high) => within(x, low, high), {
  saves: savesInput,
  gradient: (context) => byInput(hardtanhGradRow, context),
  exampleScalars: [-1, 1],
  bounds: ([low, high]) => ({ low: low!, high: high!, isOneSided: false }),
});

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
  return pointwise(hardtanhRow, [x], [min, max]);
}

const leakyReluGradRow: PointwiseRow = gradientKernel(
  'leakyReluGrad',
  (g, x, slope) => (x > 0 ? g : g * slope),
  [0.1],
);

const leakyReluRow: PointwiseRow = unary('leakyRelu', (x, slope) => (x > 0 ? x : x * slope), {
  saves: savesInput,
  gradient: (context) => byInput(leakyReluGradRow, context),
  exampleScalars: [0.1],
});

/** x where positive, else `negativeSlope` x. @throws ArgumentError for a slope that is not finite. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  requireFinite('leakyRelu', { negativeSlope });
  return pointwise(leakyReluRow, [x], [negativeSlope]);
}

const eluGradRow: PointwiseRow = gradientKernel(
  'eluGrad',
  (g, x, alpha, scale) => g * scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  [1.3, 1.1],
);

/** elu(x, alpha, scale): scale * (x > 0 ? x : alpha * (exp(x) - 1)); selu is a choice of both. */
const eluRow: PointwiseRow = unary(
  'elu',
  (x, alpha, scale) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  {
    saves: savesInput,
    gradient: (context) => byInput(eluGradRow, context),
    exampleScalars: [1.3, 1.1],
  },
);

/** x where positive, else alpha (exp(x) - 1). @throws ArgumentError for an alpha that is not finite. */
export function elu(x: Tensor, alpha = 1): Tensor {
  requireFinite('elu', { alpha });
  return pointwise(eluRow, [x], [alpha, 1]);
}

/** Scaled elu with the fixed constants of Klambauer et al., "Self-Normalizing Neural Networks", 2017. */
export function selu(x: Tensor): Tensor {
  return pointwise(eluRow, [x], [1.6732632423543772, 1.0507009873554805]);
}

const geluGradRow: PointwiseRow = gradientKernel(
  'geluGrad',
  (g, x) => g * (0.5 * (1 + erfOf(x / Math.SQRT2)) + x * normalDensity(x)),
);

const geluRow: PointwiseRow = unary('gelu', (x) => 0.5 * x * (1 + erfOf(x / Math.SQRT2)), {
  saves: savesInput,
  gradient: (context) => byInput(geluGradRow, context),
});

/** x Φ(x) with the normal distribution function Φ, or its tanh approximation. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  requireOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return pointwise(approximate === 'tanh' ? geluTanhRow : geluRow, [x]);
}

const geluTanhGradRow: PointwiseRow = gradientKernel('geluTanhGrad', (g, x) => {
  const t = Math.tanh(geluTanhInner(x));
  const slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
  return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope);
});

const geluTanhRow: PointwiseRow = unary(
  'geluTanh',
  (x) => 0.5 * x * (1 + Math.tanh(geluTanhInner(x))),
  { saves: savesInput, gradient: (context) => byInput(geluTanhGradRow, context) },
);

const siluGradRow: PointwiseRow = gradientKernel('siluGrad', (g, x) => {
  const s = sigmoidOf(x);
  return g * s * (1 + x * (1 - s));
});

const siluRow: PointwiseRow = unary('silu', (x) => x * sigmoidOf(x), {
  saves: savesInput,
  gradient: (context) => byInput(siluGradRow, context),
});

/** x sigmoid(x), also named swish. */
export function silu(x: Tensor): Tensor {
  return pointwise(siluRow, [x]);
}

const mishGradRow: PointwiseRow = gradientKernel('mishGrad', (g, x) => {
  const t = Math.tanh(softplusOf(x));
  return g * (t + x * (1 - t * t) * sigmoidOf(x));
});

const mishRow: PointwiseRow = unary('mish', (x) => x * Math.tanh(softplusOf(x)), {
  saves: savesInput,
  gradient: (context) => byInput(mishGradRow, context),
});

/** x tanh(softplus(x)). */
export function mish(x: Tensor): Tensor {
  return pointwise(mishRow, [x]);
}

const hardswishGradRow: PointwiseRow = gradientKernel('hardswishGrad', (g, x) =>
  x < -3 ? 0 : x > 3 ? g : g * (x / 3 + 0.5),
);

const hardswishRow: PointwiseRow = unary(
  'hardswish',
  (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  { saves: savesInput, gradient: (context) => byInput(hardswishGradRow, context) },
);

/** x min(max(x + 3, 0), 6) / 6. Howard et al., "Searching for MobileNetV3", ICCV 2019. */
export function hardswish(x: Tensor): Tensor {
  return pointwise(hardswishRow, [x]);
}

const hardsigmoidGradRow: PointwiseRow = gradientKernel('hardsigmoidGrad', (g, x) =>
  x > -3 && x < 3 ? g / 6 : 0,
);

const hardsigmoidRow: PointwiseRow = unary(
  'hardsigmoid',
  (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  { saves: savesInput, gradient: (context) => byInput(hardsigmoidGradRow, context) },
);

/** min(max(x + 3, 0), 6) / 6. */
export function hardsigmoid(x: Tensor): Tensor {
  return pointwise(hardsigmoidRow, [x]);
}

const softplusGradRow: PointwiseRow = gradientKernel(
  'softplusGrad',
  (g, x, beta, threshold) => (beta * x > threshold ? g : g * sigmoidOf(beta * x)),
  [1.5, 20],
);

/** softplusOf(x, beta, threshold): log(1 + exp(beta x)) / beta, and x itself where beta x > threshold. */
const softplusRow: PointwiseRow = unary(
  'softplus',
  (x, beta, threshold) => (beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta),
  {
    saves: savesInput,
    gradient: (context) => byInput(softplusGradRow, context),
    exampleScalars: [1.5, 20],
  },
);

/**
 * log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`.
 * @throws ArgumentError for a beta that is 0 or not finite, or a threshold that is not finite.
 */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  requireFinite('softplus', { beta, threshold });
  if (beta === 0) throw new ArgumentError('softplus: expected a beta other than 0, got 0');
  return pointwise(softplusRow, [x], [beta, threshold]);
}

/** @internal prelu(x, slope): the slope broadcasts along the channels. */
export const preluRow: PointwiseRow = {
  name: 'prelu',
  inputs: 2,
  scalars: 0,
  forward: (x, slope) => (x > 0 ? x : x * slope),
  result: 'float',
  saves: savesBoth,
  gradient: ({ g, x, needs, op }) => [
    needs[0] ? op(preluGradRow, [g, x[0]!, x[1]!]) : null,
    needs[1] ? op(preluSlopeGradRow, [g, x[0]!]) : null,
  ],
};

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
  return scope(() => pointwise(preluRow, [x, reshape(slope, perChannel)]));
}

const preluGradRow: PointwiseRow = {
  name: 'preluGrad',
  inputs: 3,
  scalars: 0,
  forward: (g, x, slope) => (x > 0 ? g : g * slope),
  result: 'same',
};

const preluSlopeGradRow: PointwiseRow = gradientKernel('preluSlopeGrad', (g, x) =>
  x > 0 ? 0 : g * x,
);

/** min(max(x, 0), 6). */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, 0, 6);
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

/** @internal Activation functions. */
export const activationRows: readonly PointwiseRow[] = [
  reluRow,
  reluGradRow,
  sigmoidRow,
  sigmoidGradRow,
  tanhRow,
  tanhGradRow,
  hardtanhRow,
  hardtanhGradRow,
  leakyReluRow,
  leakyReluGradRow,
  eluRow,
  eluGradRow,
  geluRow,
  geluGradRow,
  geluTanhRow,
  geluTanhGradRow,
  siluRow,
  siluGradRow,
  mishRow,
  mishGradRow,
  hardswishRow,
  hardswishGradRow,
  hardsigmoidRow,
  hardsigmoidGradRow,
  softplusRow,
  softplusGradRow,
  preluRow,
  preluGradRow,
  preluSlopeGradRow,
];
