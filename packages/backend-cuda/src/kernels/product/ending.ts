import type { Activation, Operand } from '@convnet/tensor-core';

import { float, type Word } from '../../commands/kernel-context.ts';

/** What follows a sum in the same pass. */
export interface Ending {
  readonly bias: Operand | null;
  readonly residual: Operand | null;
  readonly activation: Activation | null;
}

export const noEnding: Ending = { bias: null, residual: null, activation: null };

/** Activations that products end with, in the order of `enum Activation` in `ending.cuh`. */
const activations = [
  '',
  'relu',
  'within',
  'leakyRelu',
  'sigmoid',
  'silu',
  'hardsigmoid',
  'hardswish',
];

function activationCode({ name }: Activation): number {
  return activations.indexOf(name === 'clamp' || name === 'hardtanh' ? 'within' : name);
}

/** Whether products can end with it; the others follow in a pass of their own. */
export function isBuiltIn(activation: Activation): boolean {
  return activationCode(activation) > 0;
}

/** Which elements of the bias a sum gets, as `enum BiasAxis` in `ending.cuh`. */
const biasAxes = { none: 0, columns: 1, rows: 2 };

/** `EndingWords` of `ending.cuh`. */
export function endingWords(
  { bias, activation }: Ending,
  biasAxis: 'columns' | 'rows' = 'columns',
): Word[] {
  const [s0 = 0, s1 = 0] = activation?.scalars ?? [];
  return [
    biasAxes[bias === null ? 'none' : biasAxis],
    activation === null ? 0 : activationCode(activation),
    float(s0),
    float(s1),
  ];
}
