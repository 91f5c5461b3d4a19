import {
  elementCount,
  MissingKernelError,
  pointwiseRows,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';

import { float, wide, type KernelContext, type Word } from '../commands/kernel-context.ts';
import { kernelType, memoryOf } from '../cuda-buffer.ts';
import {
  byFours,
  collapse,
  forEachPiece,
  lengthOf,
  memoryOrder,
  memoryStrides,
  repeatingStrides,
  walkWords,
} from '../layout.ts';
import { overElements, partOf } from './launching.ts';

/** Rows that integers have; the others give floats of them or are gradients. */
const ofIntegers: ReadonlySet<string> = new Set(
  (
    'add sub mul maximum minimum remainder addScalar mulScalar neg abs square sign floor ceil round clamp relu where ' +
    'isNaN isFinite logicalNot logicalAnd logicalOr logicalXor eq ne lt le gt ge'
  ).split(' '),
);

/** @throws MissingKernelError for a row that the type does not have. */
function kernelName(name: string, { dtype }: Operand): string {
  const type = kernelType(dtype);
  if (!(name in pointwiseRows) || type === 'f16' || (type !== 'f32' && !ofIntegers.has(name))) {
    throw new MissingKernelError('cuda', `pointwise ${name} (${dtype})`);
  }
  if (name === 'where') return `pointwise_where_${type === 'u8' ? 1 : 4}`;
  return `pointwise_${name}_${type}`;
}

export function pointwiseKernels(context: KernelContext): Pick<Kernels, 'pointwise'> {
  return {
    pointwise(name, inputs, scalars, out) {
      const last = inputs[inputs.length - 1]!;
      const kernel = kernelName(name, last);
      const result = context.allocate(out);
      const asWord = (scalar = 0): Word => (last.dtype === 'float32' ? float(scalar) : scalar | 0);
      const scalarWords = [asWord(scalars[0]), asWord(scalars[1])];
      const [a, b, c] = inputs;
      const memories = [a, b, c].map((input) => (input === undefined ? null : memoryOf(input)));
      const isLine = inputs.every(({ shape }) =>
        shape.every((extent, axis) => extent === out.shape[axis]),
      );
      if (isLine) {
        const count = elementCount(out.shape);
        context.launch(
          kernel,
          overElements(count, 4),
          [...memories, result.memory],
          [...wide(count), ...scalarWords],
        );
        return result;
      }
      const order = memoryOrder(out.shape.length);
      const ordered = (values: readonly number[]): number[] => order.map((axis) => values[axis]!);
      const own = ordered(memoryStrides(out.shape));
      const still = own.map(() => 0);
      const strides = [a, b, c].map((input) =>
        input === undefined ? still : ordered(repeatingStrides(input.shape)),
      );
      forEachPiece(collapse(ordered(out.shape), [...strides, own]), (piece, offsets) => {
        const walk = { extents: piece.extents, strides: piece.strides.slice(0, 3) };
        const fours = byFours(walk, offsets);
        const taken = fours ?? walk;
        const count = lengthOf(taken);
        context.launch(
          `${kernel}_over_axes`,
          overElements(count),
          [
            ...memories.map((memory, k) =>
              memory === null ? null : partOf(memory, inputs[k]!.dtype, offsets[k]!),
            ),
            partOf(result.memory, out.dtype, offsets[3]!),
          ],
          [count, fours === null ? 1 : 4, ...scalarWords, ...walkWords(taken)],
        );
      });
      return result;
    },
  };
}
