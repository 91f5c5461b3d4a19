import { createHash } from 'node:crypto';
import { MissingKernelError, type PointwiseProgram } from '@convnet/tensor-core';

import { parameterWordsFor } from '../commands/encoder.ts';
import { interpretedRows } from '../kernels/pointwise-rows.ts';
import { mostAxes } from '../layout.ts';

/** How a kernel goes over elements: of tensors that lie alike as one line, or along axes along which inputs repeat. */
export type ChainForm = 'line' | 'walk';

/** A chain of pointwise rows as a kernel. */
export interface ChainSource {
  /** Of the kernel; two have one name only where they are the same. */
  readonly name: string;
  /** What stands behind `compiled-chain.cuh`. */
  readonly text: string;
  readonly parameterBytes: number;
}

/** Numbers that a chain is given: an array of none there is not, so that one stands unread. */
export function scalarCount({ rows }: PointwiseProgram): number {
  return Math.max(
    rows.reduce((sum, { scalars }) => sum + scalars, 0),
    1,
  );
}

/** What a row reads, and its call. @throws MissingKernelError for a row that there is not. */
function statementsOf({ inputs, rows, results }: PointwiseProgram): string[] {
  let next = 0;
  const computed = rows.map(({ name, operands, scalars }, row) => {
    if (!interpretedRows.includes(name))
      throw new MissingKernelError('cuda', `pointwise ${name} in a chain`);
    const values = operands.map((operand) =>
      operand < inputs ? `x[${operand}]` : `v${operand - inputs}`,
    );
    const numbers = Array.from({ length: scalars }, () => `s[${next++}]`);
    const padded = (given: readonly string[], count: number): string[] =>
      Array.from({ length: count }, (_, i) => given[i] ?? '0');
    return `const float v${row} = row_${name}(${[...padded(values, 3), ...padded(numbers, 2)].join(', ')});`;
  });
  return [...computed, ...results.map((row, k) => `y[${k}] = v${row};`)];
}

/**
 * The kernel of a program, for inputs of which some are conditions, of one byte each.
 * @throws MissingKernelError for a row that there is not.
 */
export function chainSource(
  program: PointwiseProgram,
  areConditions: readonly boolean[],
  form: ChainForm,
): ChainSource {
  const { inputs, results } = program;
  const scalars = scalarCount(program);
  const bytes = areConditions.reduce((bits, is, i) => bits | (is ? 1 << i : 0), 0);
  const struct = [
    'struct Chain {',
    `  static constexpr int inputs = ${inputs}, results = ${results.length}, scalars = ${scalars};`,
    `  static constexpr uint32_t bytes = ${bytes};`,
    '  DEVICE void of(const float (&x)[inputs], [[maybe_unused]] const float (&s)[scalars], float (&y)[results]) {',
    ...statementsOf(program).map((line) => `    ${line}`),
    '  }',
    '};',
  ].join('\n');
  const hash = createHash('sha256').update(`${form}\n${struct}`).digest('hex').slice(0, 16);
  const name = `chain_${hash}`;
  const params = form === 'line' ? 'ChainLineParams' : 'ChainWalkParams';
  const kernel = `KERNEL(${name}, ${params}<Chain>, plain, 256) { chain_${form}<Chain>(p); }`;
  const walk = form === 'line' ? 0 : 1 + (3 + inputs) * mostAxes;
  const parameterBytes = 4 * parameterWordsFor(inputs + results.length, 2 + scalars + walk);
  return { name, text: `\n${struct}\n\n${kernel}\n`, parameterBytes };
}
