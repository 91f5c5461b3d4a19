import {
  elementCount,
  pointwiseRows,
  type DeviceBuffer,
  type Kernels,
  type Operand,
  type PointwiseProgram,
  type TensorSpec,
} from '@convnet/tensor-core';

import { float, type CommandSink } from '../commands/command-sink.ts';
import { memoryOf, shaderType } from '../gpu-buffer.ts';
import { elementShader, shaderCache } from '../shader.ts';
import { allocate, giveBack, quietNaN } from './kernel-support.ts';
import { joinAxes, pointwiseKernels, rowExpression, walk } from './pointwise.ts';
import { functionsFor } from './pointwise-functions.ts';

/** Whether a row gives a condition. */
function isCondition(name: string): boolean {
  return pointwiseRows[name]!.result === 'bool';
}

/** The rows in WGSL: a value `v…` each, of operands `x…`. @param at first of their numbers among the parameters. */
function statementsOf({ inputs, rows }: PointwiseProgram, at: number): string[] {
  let next = at;
  return rows.map(({ name, operands, scalars }, row) => {
    const read = operands.map((operand, k) => {
      const value = operand < inputs ? `x${operand}_i` : `v${operand - inputs}`;
      return `let ${'abc'[k]} = ${value};`;
    });
    const numbers = Array.from({ length: scalars }, (_, k) => `let s${k} = pf(${next + k});`);
    next += scalars;
    const type = isCondition(name) ? 'i32' : 'f32';
    const value = rowExpression(name, 'f32', isCondition(name) ? 'bool' : 'float32');
    return `  var v${row}: ${type}; { ${[...read, ...numbers].join(' ')} v${row} = ${value}; }`;
  });
}

/**
 * One invocation for each element. Parameters: count, bits of NaN, the numbers of the rows, and unless all is walked as one
 * line the extents of the output and the strides of each input along them.
 * @param text the program as JSON, `types` those of its inputs, `rank` axes that are walked; 0 for one line.
 */
const chainShader = shaderCache((text: string, types: string, rank: number) => {
  const program = JSON.parse(text) as PointwiseProgram;
  const { rows, results } = program;
  const inputs = types.split(' ') as ('f32' | 'i32')[];
  const scalars = rows.reduce((sum, row) => sum + row.scalars, 0);
  const statements = statementsOf(program, 2);
  const reads = inputs.map((_, i) => `  let x${i}_i = x${i}[${rank === 0 ? 'i' : `at${i}`}];`);
  return elementShader(
    `chain of ${rows.map(({ name }) => name).join(' ')}${rank === 0 ? '' : ` over ${rank} axes`}`,
    [
      ...inputs.map((type, i) => ({ name: `x${i}`, type })),
      ...results.map((_, k) => ({ name: `y${k}`, type: 'f32', writes: true }) as const),
    ],
    [
      ...walk(inputs.length, rank, 2 + scalars),
      ...reads,
      ...statements,
      ...results.map((row, k) => `  y${k}[i] = v${row};`),
    ].join('\n'),
    functionsFor(statements.join('\n')),
  );
});

const texts = new WeakMap<PointwiseProgram, string>();

function textOf(program: PointwiseProgram): string {
  let text = texts.get(program);
  if (text === undefined) texts.set(program, (text = JSON.stringify(program)));
  return text;
}

export function pointwiseChainKernels(sink: CommandSink): Pick<Kernels, 'pointwiseChain'> {
  const { pointwise } = pointwiseKernels(sink);

  /** Row by row, where a device binds fewer buffers to a kernel than the chain has. */
  function apart(
    { rows, results }: PointwiseProgram,
    inputs: readonly Operand[],
    scalars: readonly number[],
    out: TensorSpec,
  ): DeviceBuffer[] {
    const values: Operand[] = [...inputs];
    let next = 0;
    for (const { name, operands, scalars: count } of rows) {
      const numbers = scalars.slice(next, (next += count));
      const spec: TensorSpec = isCondition(name) ? { ...out, dtype: 'bool' } : out;
      const read = operands.map((operand) => values[operand]!);
      values.push({ ...spec, buffer: pointwise(name, read, numbers, spec) });
    }
    return rows.flatMap((_, row) => {
      const { buffer } = values[inputs.length + row]!;
      if (results.includes(row)) return [buffer];
      giveBack(sink, buffer);
      return [];
    });
  }

  return {
    pointwiseChain(program, inputs, scalars, out) {
      if (inputs.length + program.results.length > sink.limits.buffersPerKernel) {
        return apart(program, inputs, scalars, out);
      }
      const { extents, strides } = joinAxes(out.shape, inputs);
      const isLine =
        extents.length === 0 || (extents.length === 1 && strides.every(([step]) => step === 1));
      const types = inputs.map(({ dtype }) => shaderType(dtype)).join(' ');
      const shader = chainShader(textOf(program), types, isLine ? 0 : extents.length);
      const made = program.results.map(() => allocate(sink, out));
      const count = elementCount(out.shape);
      sink.dispatch(
        shader,
        [
          count,
          quietNaN,
          ...scalars.map(float),
          ...(isLine ? [] : [...extents, ...strides.flat()]),
        ],
        [...inputs.map(memoryOf), ...made.map(({ memory }) => memory)],
        count,
      );
      return made;
    },
  };
}
