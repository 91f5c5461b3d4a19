import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';
import { pointwise } from './pointwise.ts';

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return pointwise('relu', [x]);
}

/** min(max(x, 0), 6). */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, 0, 6);
}

/** x, limited to [min, max]; the gradient is 0 at and beyond both. */
export function hardtanh(x: Tensor, min = -1, max = 1): Tensor {
  return pointwise('hardtanh', [x], [min, max]);
}

/** x where positive, else `negativeSlope` x. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  return pointwise('leakyRelu', [x], [negativeSlope]);
}

/**
 * x where positive, else `slope` x, with a learned slope: one, or one for each channel (axis 1).
 * He et al., "Delving Deep into Rectifiers", ICCV 2015.
 */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  const perChannel = x.shape.map((_, axis) => (axis === Math.min(1, x.rank - 1) ? slope.size : 1));
  return pointwise('prelu', [x, reshape(slope, perChannel)]);
}

/** x where positive, else alpha (exp(x) - 1). */
export function elu(x: Tensor, alpha = 1): Tensor {
  return pointwise('elu', [x], [alpha, 1]);
}

/** Scaled elu with the fixed constants of Klambauer et al., "Self-Normalizing Neural Networks", 2017. */
export function selu(x: Tensor): Tensor {
  return pointwise('elu', [x], [1.6732632423543772, 1.0507009873554805]);
}

/** x Φ(x) with the normal distribution function Φ, or its tanh approximation. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
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

/** log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`. */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  return pointwise('softplus', [x], [beta, threshold]);
}
