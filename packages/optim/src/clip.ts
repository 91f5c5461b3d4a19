import {
  add,
  ArgumentError,
  assign,
  clamp,
  div,
  full,
  mul,
  noGrad,
  scope,
  sqrt,
  square,
  sum,
  type Tensor,
} from '@convnet/tensor-core';

/**
 * Scales the gradients of all parameters down together where their common Euclidean norm exceeds `maxNorm`.
 * Returns that norm, a scalar tensor. torch.nn.utils.clip_grad_norm_.
 * @throws ArgumentError where `maxNorm` is not above 0 or no parameter has a gradient.
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number): Tensor {
  if (!(maxNorm > 0)) {
    throw new ArgumentError(`clipGradNorm: expected maxNorm above 0, got ${maxNorm}`);
  }
  const gradients = gradientsOf('clipGradNorm', parameters);
  return scope(() =>
    noGrad(() => {
      const norm = sqrt(
        gradients.map((gradient) => sum(square(gradient))).reduce((a, b) => add(a, b)),
      );
      const limit = full([], maxNorm, { device: norm.device });
      const factor = clamp(div(limit, add(norm, 1e-6)), 0, 1);
      replaceAll(gradients, (gradient) => mul(gradient, factor));
      return norm;
    }),
  );
}

/**
 * Limits every element of the gradients to [-value, value]. torch.nn.utils.clip_grad_value_.
 * @throws ArgumentError where `value` is not above 0 or no parameter has a gradient.
 */
export function clipGradValue(parameters: Iterable<Tensor>, value: number): void {
  if (!(value > 0))
    throw new ArgumentError(`clipGradValue: expected a value above 0, got ${value}`);
  const gradients = gradientsOf('clipGradValue', parameters);
  scope(() => {
    noGrad(() => {
      replaceAll(gradients, (gradient) => clamp(gradient, -value, value));
    });
  });
}

/** Gives each gradient its new values once all are there: what fails for want of memory changes none. */
function replaceAll(gradients: readonly Tensor[], change: (gradient: Tensor) => Tensor): void {
  const changed = gradients.map(change);
  gradients.forEach((gradient, i) => assign(gradient, changed[i]!));
}

function gradientsOf(op: string, parameters: Iterable<Tensor>): Tensor[] {
  const gradients = Array.from(parameters, (parameter) => parameter.grad).filter((g) => g !== null);
  if (gradients.length === 0) throw new ArgumentError(`${op}: no parameter has a gradient`);
  return gradients;
}
