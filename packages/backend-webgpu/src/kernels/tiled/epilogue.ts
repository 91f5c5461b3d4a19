import type { Activation, Operand } from '@convnet/tensor-core';

import { float, type Parameters } from '../../commands/command-sink.ts';
import { memoryOf, type Memory } from '../../gpu-buffer.ts';
import type { Binding } from '../../shader.ts';
import { rowExpression } from '../pointwise.ts';
import { functionsFor } from '../pointwise-functions.ts';

/** What follows a sum in the same pass: a bias of its row or column, the element of a residual, an activation. */
export interface Ending {
  readonly bias: Operand | null;
  readonly residual: Operand | null;
  readonly activation: Activation | null;
}

export const noEnding: Ending = { bias: null, residual: null, activation: null };

/** The class of an ending, which a shader is made for: 'bias residual relu/0'. */
export function endingClass({ bias, residual, activation }: Ending): string {
  const parts = [bias && 'bias', residual && 'residual'].filter((part) => part !== null);
  if (activation !== null) parts.push(`${activation.name}/${activation.scalars.length}`);
  return parts.join(' ');
}

/** An ending in WGSL. */
export interface EndingText {
  readonly bindings: readonly Binding[];
  readonly functions: string;
  /**
   * Statements that bring the variable `v` to its end. @param channel of the bias, `at` the element of the residual,
   * `scalars` the position of the activation's numbers in the parameters, all as expressions.
   */
  statements(channel: string, at: string, scalars: string): string;
}

export function endingText(kind: string): EndingText {
  const parts = kind.split(' ').filter((part) => part !== '');
  const hasBias = parts.includes('bias');
  const hasResidual = parts.includes('residual');
  const [name, count = '0'] = parts.find((part) => part.includes('/'))?.split('/') ?? [];
  const expression = name === undefined ? null : rowExpression(name, 'f32', 'float32');
  return {
    bindings: [
      ...(hasBias ? [{ name: 'bias', type: 'f32' } as const] : []),
      ...(hasResidual ? [{ name: 'residual', type: 'f32' } as const] : []),
    ],
    functions: expression === null ? '' : functionsFor(expression),
    statements(channel, at, scalars) {
      const lines: string[] = [];
      if (hasBias) lines.push(`v += bias[${channel}];`);
      if (hasResidual) lines.push(`v += residual[${at}];`);
      if (expression !== null) {
        const numbers = Array.from(
          { length: Number(count) },
          (_, i) => `let s${i} = pf(${scalars} + ${i});`,
        );
        lines.push(`{ let a = v; ${numbers.join(' ')} v = ${expression}; }`);
      }
      return lines.join(' ');
    },
  };
}

/** The buffers of an ending, in the order of its bindings. */
export function endingMemories({ bias, residual }: Ending): Memory[] {
  return [bias, residual].flatMap((operand) => (operand === null ? [] : [memoryOf(operand)]));
}

/** The numbers of its activation. */
export function endingParameters({ activation }: Ending): Parameters {
  return activation === null ? [] : activation.scalars.map(float);
}
