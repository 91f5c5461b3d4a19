import { ArgumentError, ShapeError } from '../errors.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, div, neg, sub } from './arithmetic.ts';
import { reshape } from './layout.ts';
import { pointwise } from './pointwise.ts';
import { requireFinite, requireOneOf, requireSameDType } from './require.ts';

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
