import {
  contiguousStrides,
  elementCount,
  pointwiseRows,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';

import { float, type CommandSink } from '../commands/command-sink.ts';
import { memoryOf, shaderType } from '../gpu-buffer.ts';
import { elementShader, shaderCache } from '../shader.ts';
import { allocate, quietNaN } from './kernel-support.ts';
import { pointwiseExpressions } from './pointwise-expressions.ts';
import { functionsFor } from './pointwise-functions.ts';

const names = ['a', 'b', 'c'] as const;

/** A row as an expression of a, b, c and s0, s1, on types whose letters are `types`: f32 or i32 to `out`. */
export function rowExpression(
  name: string,
  computed: 'f32' | 'i32',
  out: 'float32' | 'int32' | 'uint8' | 'bool',
): string {
  const expression = pointwiseExpressions(name, computed);
  // Comparisons give a condition, bytes wrap around, and compilers may take it that no number is NaN.
  if (out === 'bool' && name !== 'where' && name !== 'maximum' && name !== 'minimum') {
    return `select(0, 1, ${expression})`;
  }
  if (out === 'uint8') return `(${expression}) & 255`;
  return computed === 'f32' ? keepingNaN(name, expression) : expression;
}

/**
 * One invocation per element. Parameters: count, bits of NaN, then the scalars, and unless all is walked as one line the
 * extents of the output and the strides of each input along them.
 * @param inputs types of the inputs, such as 'f32 f32'.
 * @param rank axes that are walked; 0 for one line.
 */
const pointwiseShader = shaderCache(
  (
    name: string,
    inputs: string,
    out: 'float32' | 'int32' | 'uint8' | 'bool',
    scalars: number,
    rank: number,
  ) => {
    const types = inputs.split(' ') as ('f32' | 'i32')[];
    const computed = types[types.length - 1]!;
    const value = rowExpression(name, computed, out);
    const reads = types.map((_, i) => `  let ${names[i]} = x${i}[${rank === 0 ? 'i' : `at${i}`}];`);
    const scalarReads = Array.from({ length: scalars }, (_, i) =>
      computed === 'f32' ? `  let s${i} = pf(${2 + i});` : `  let s${i} = i32(pf(${2 + i}));`,
    );
    const lines = [...walk(types.length, rank, 2 + scalars), ...reads, ...scalarReads];
    return elementShader(
      `${name} ${inputs}${rank === 0 ? '' : ` over ${rank} axes`}`,
      [
        ...types.map((type, i) => ({ name: `x${i}`, type })),
        { name: 'y', type: shaderType(out), writes: true },
      ],
      `${lines.join('\n')}\n  y[i] = ${value};`,
      functionsFor(value),
    );
  },
);

/** Positions of the inputs for element `i`, from the output's extents and each input's strides. */
export function walk(inputs: number, rank: number, at: number): string[] {
  if (rank === 0) return [];
  const lines = ['  var rest = i;', '  var place = 0;'];
  for (let i = 0; i < inputs; i++) lines.push(`  var at${i} = 0;`);
  for (let axis = rank - 1; axis >= 0; axis--) {
    if (axis > 0) lines.push(`  place = rest % p[${at + axis}]; rest /= p[${at + axis}];`);
    else lines.push('  place = rest;');
    for (let i = 0; i < inputs; i++) {
      lines.push(`  at${i} += place * p[${at + rank * (1 + i) + axis}];`);
    }
  }
  return lines;
}

/** An output's axes as few as can be, and the strides of each input along them: 0 where it repeats. */
interface Walked {
  readonly extents: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Joins axes that every input walks as one. */
export function joinAxes(
  shape: readonly number[],
  inputs: readonly Pick<Operand, 'shape'>[],
): Walked {
  const extents: number[] = [];
  const strides: number[][] = inputs.map(() => []);
  const own = inputs.map((input) =>
    contiguousStrides(input.shape).map((stride, axis) => (input.shape[axis] === 1 ? 0 : stride)),
  );
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis]!;
    if (extent === 1) continue;
    const [inner] = extents;
    const joins =
      inner !== undefined && own.every((list, i) => list[axis] === strides[i]![0]! * inner);
    if (joins) {
      extents[0] = inner * extent;
    } else {
      extents.unshift(extent);
      own.forEach((list, i) => strides[i]!.unshift(list[axis]!));
    }
  }
  return { extents, strides };
}

export function pointwiseKernels(sink: CommandSink): Pick<Kernels, 'pointwise'> {
  return {
    pointwise(name, inputs, scalars, out) {
      const { extents, strides } = joinAxes(out.shape, inputs);
      const isLine =
        extents.length === 0 || (extents.length === 1 && strides.every(([step]) => step === 1));
      const shader = pointwiseShader(
        name,
        inputs.map(({ dtype }) => shaderType(dtype)).join(' '),
        out.dtype as 'float32',
        scalars.length,
        isLine ? 0 : extents.length,
      );
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      sink.dispatch(
        shader,
        [
          count,
          quietNaN,
          ...scalars.map(float),
          ...(isLine ? [] : [...extents, ...strides.flat()]),
        ],
        [...inputs.map(memoryOf), result.memory],
        count,
      );
      return result;
    },
  };
}

const passing = new Map<string, readonly number[]>();

/** The inputs of a row for which NaN gives NaN, whatever the other inputs and the scalars are. */
function inputsThatPassNaN(name: string): readonly number[] {
  let found = passing.get(name);
  if (found === undefined) {
    const { forward, inputs, exampleScalars = [], scalars } = pointwiseRows[name]!;
    const others = [-4, -1, 0, 1, 4, Infinity, -Infinity];
    const scalarTrials = [exampleScalars, Array.from({ length: scalars }, () => 0)];
    const trials = others.flatMap((first) =>
      others.flatMap((second) => scalarTrials.map((s) => ({ rest: [first, second], s }))),
    );
    found = Array.from({ length: inputs }, (_, i) => i).filter((i) =>
      trials.every(({ rest, s }) =>
        Number.isNaN(
          forward(...[...rest.slice(0, i), NaN, ...rest.slice(i)].slice(0, inputs), ...s),
        ),
      ),
    );
    passing.set(name, found);
  }
  return found;
}

/** A float expression that is NaN for NaN where the specification of its row is. */
function keepingNaN(name: string, expression: string): string {
  const conditions = inputsThatPassNaN(name).map((i) => `is_nan(${names[i]})`);
  if (conditions.length === 0) return expression;
  return `select(${expression}, bitcast<f32>(p[1]), ${conditions.join(' || ')})`;
}
