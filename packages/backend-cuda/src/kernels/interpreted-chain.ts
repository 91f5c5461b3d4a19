import {
  MissingKernelError,
  programSlots,
  type Operand,
  type PointwiseProgram,
} from '@convnet/tensor-core';

import { float, type KernelContext, type Word } from '../commands/kernel-context.ts';
import { memoryOf, type CudaBuffer } from '../cuda-buffer.ts';
import {
  collapse,
  forEachPiece,
  lengthOf,
  memoryOrder,
  memoryStrides,
  repeatingStrides,
  walkWords,
} from '../layout.ts';
import { overElements, partOf } from './launching.ts';
import { interpretedRows } from './pointwise-rows.ts';

/** What a kernel of a chain computes. */
export interface Chain {
  readonly program: PointwiseProgram;
  readonly inputs: readonly Operand[];
  readonly scalars: readonly number[];
  readonly shape: readonly number[];
  /** Memory for the results. */
  readonly made: readonly CudaBuffer[];
}

/** What a chain has at most in `interpreter.cu`. */
const most = { inputs: 8, results: 4, rows: 24 };

const codes = new WeakMap<PointwiseProgram, readonly number[]>();

/** The rows as `ChainParams` has them. @throws MissingKernelError for a row that there is not. */
function codesOf(program: PointwiseProgram): readonly number[] {
  let made = codes.get(program);
  if (made !== undefined) return made;
  const { inputs, rows, results } = program;
  const { slots } = programSlots(program, false);
  made = rows.map(({ name, operands }, row) => {
    const number = interpretedRows.indexOf(name);
    if (number === -1) throw new MissingKernelError('cuda', `pointwise ${name} in a chain`);
    const places = operands.map((operand) =>
      operand < inputs ? operand : most.inputs + slots[operand - inputs]!,
    );
    const [a = 0, b = 0, c = 0] = places;
    const result = results.indexOf(row) + 1;
    return number | (a << 8) | (b << 13) | (c << 18) | (slots[row]! << 23) | (result << 26);
  });
  codes.set(program, made);
  return made;
}

function padded<T>(values: readonly T[], length: number, filler: T): T[] {
  return Array.from({ length }, (_, i) => values[i] ?? filler);
}

/** Computes a chain by the kernel whose program comes with the launch. @throws MissingKernelError for a row that there is not. */
export function interpretChain(
  context: KernelContext,
  { program, inputs, scalars, shape, made }: Chain,
): void {
  const rowCodes = codesOf(program);
  const [s, t]: [Word[], Word[]] = [[], []];
  let next = 0;
  for (const { scalars: count } of program.rows) {
    s.push(float(count > 0 ? scalars[next]! : 0));
    t.push(float(count > 1 ? scalars[next + 1]! : 0));
    next += count;
  }
  const bytes = inputs.reduce((bits, { dtype }, i) => bits | (dtype === 'bool' ? 1 << i : 0), 0);
  const order = memoryOrder(shape.length);
  const ordered = (values: readonly number[]): number[] => order.map((axis) => values[axis]!);
  const own = ordered(memoryStrides(shape));
  const strides = padded(
    inputs.map((input) => ordered(repeatingStrides(input.shape))),
    most.inputs,
    own.map(() => 0),
  );
  forEachPiece(collapse(ordered(shape), [...strides, own]), (piece, offsets) => {
    const walk = { extents: piece.extents, strides: piece.strides.slice(0, most.inputs) };
    const count = lengthOf(walk);
    context.launch(
      'interpret_rows',
      overElements(count),
      [
        ...padded(
          inputs.map((input, k) => partOf(memoryOf(input), input.dtype, offsets[k]!)),
          most.inputs,
          null,
        ),
        ...padded(
          made.map(({ memory }) => partOf(memory, 'float32', offsets[most.inputs]!)),
          most.results,
          null,
        ),
      ],
      [
        count,
        inputs.length,
        program.rows.length,
        bytes,
        ...padded<Word>(rowCodes, most.rows, 0),
        ...padded<Word>(s, most.rows, 0),
        ...padded<Word>(t, most.rows, 0),
        ...walkWords(walk),
      ],
    );
  });
}
