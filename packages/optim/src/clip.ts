import {
  add,
  ArgumentError,
  clamp,
  div,
  full,
  mul,
  noGrad,
  scope,
  sqrt,
  square,
  sum,
  Tensor,
  refuseOtherCopy,
  formatValue,
} from '@convnet/tensor-core';

import { assignAll } from './snapshot.ts';

/**
 * Scales the gradients of all parameters down together where their common Euclidean norm exceeds `maxNorm`.
 * Returns that norm, a scalar tensor. torch.nn.utils.clip_grad_norm_. Where one element is NaN the norm is, and then
 * all gradients are, as in PyTorch: look at the norm before the optimiser's step where that may be.
 * @throws ArgumentError where `maxNorm` is not above 0 or no parameter has a gradient. After an error the gradients
 * are as before.
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number): Tensor {
  requireAboveZero('clipGradNorm', 'maxNorm', maxNorm);
  const gradients = gradientsOf('clipGradNorm', parameters);
  return scope(() =>
    noGrad(() => {
      const norm = sqrt(
        gradients.map((gradient) => sum(square(gradient))).reduce((a, b) => add(a, b)),
      );
      const limit = full([], maxNorm, { device: norm.device });
      const factor = clamp(div(limit, add(norm, 1e-6)), 0, 1);
      const scaled = gradients.map((gradient) => mul(gradient, factor));
      assignAll(gradients, scaled);
      return norm;
    }),
  );
}

/**
 * Limits every element of the gradients to [-value, value]. torch.nn.utils.clip_grad_value_.
 * @throws ArgumentError where `value` is not above 0 or no parameter has a gradient. After an error the gradients
 * are as before.
 */
export function clipGradValue(parameters: Iterable<Tensor>, value: number): void {
  requireAboveZero('clipGradValue', 'value', value);
  const gradients = gradientsOf('clipGradValue', parameters);
  scope(() => {
    noGrad(() => {
      const limited = gradients.map((gradient) => clamp(gradient, -value, value));
      assignAll(gradients, limited);
    });
  });
}

function requireAboveZero(op: string, name: string, value: number): void {
  if (typeof value === 'number' && value > 0) return;
  throw new ArgumentError(`${op}: expected ${name} above 0, got ${formatValue(value)}`);
}

/** The gradients that there are; each once, however often its parameter is listed. */
function gradientsOf(op: string, parameters: Iterable<Tensor>): Tensor[] {
  if (typeof (parameters as Iterable<Tensor> | null)?.[Symbol.iterator] !== 'function') {
    throw new ArgumentError(
      `${op}: expected parameters, such as model.parameters(), got ${formatValue(parameters)}`,
    );
  }
  const gradients = new Set<Tensor>();
  for (const parameter of parameters) {
    if (!(parameter instanceof Tensor)) {
      refuseOtherCopy(op, parameter);
      throw new ArgumentError(`${op}: expected parameters, got ${formatValue(parameter)}`);
    }
    if (parameter.grad !== null) gradients.add(parameter.grad);
  }
  if (gradients.size === 0) throw new ArgumentError(`${op}: no parameter has a gradient`);
  return [...gradients];
}
