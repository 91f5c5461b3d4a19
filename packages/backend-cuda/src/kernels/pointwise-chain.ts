import {
  elementCount,
  type DeviceBuffer,
  type Kernels,
  type Operand,
  type PointwiseProgram,
} from '@convnet/tensor-core';

import { float, wide, type KernelContext, type Word } from '../commands/kernel-context.ts';
import { memoryOf } from '../cuda-buffer.ts';
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
import { interpretChain, type Chain } from './interpreted-chain.ts';
import { overElements, partOf } from './launching.ts';

/** Kernels that were compiled for chains. */
export interface ChainChoice {
  /** The kernel of a program for inputs of these types, which lie alike or are walked; null where the chain is to be interpreted. */
  kernel(
    program: PointwiseProgram,
    inputs: readonly Operand[],
    form: 'line' | 'walk',
  ): string | null;
}

export function pointwiseChainKernels(
  context: KernelContext,
  chains: ChainChoice | null,
): Pick<Kernels, 'pointwiseChain'> {
  /** Calls a compiled kernel. @returns false where there is none. */
  function callCompiled({ program, inputs, scalars, shape, made }: Chain): boolean {
    const areAlike = inputs.every((input) =>
      input.shape.every((extent, axis) => extent === shape[axis]),
    );
    const kernel = chains?.kernel(program, inputs, areAlike ? 'line' : 'walk') ?? null;
    if (kernel === null) return false;
    // An array of no numbers there is not.
    const numbers: Word[] = scalars.length === 0 ? [0] : scalars.map(float);
    if (areAlike) {
      const count = elementCount(shape);
      const pointers = [...inputs.map(memoryOf), ...made.map(({ memory }) => memory)];
      context.launch(kernel, overElements(count, 4), pointers, [...wide(count), ...numbers]);
      return true;
    }
    const order = memoryOrder(shape.length);
    const ordered = (values: readonly number[]): number[] => order.map((axis) => values[axis]!);
    const strides = inputs.map((input) => ordered(repeatingStrides(input.shape)));
    const whole = collapse(ordered(shape), [...strides, ordered(memoryStrides(shape))]);
    forEachPiece(whole, (piece, offsets) => {
      const walk = { extents: piece.extents, strides: piece.strides.slice(0, inputs.length) };
      const fours = byFours(walk, offsets);
      const taken = fours ?? walk;
      const count = lengthOf(taken);
      context.launch(
        kernel,
        overElements(count),
        [
          ...inputs.map((input, k) => partOf(memoryOf(input), input.dtype, offsets[k]!)),
          ...made.map(({ memory }) => partOf(memory, 'float32', offsets[inputs.length]!)),
        ],
        [count, fours === null ? 1 : 4, ...numbers, ...walkWords(taken)],
      );
    });
    return true;
  }

  return {
    pointwiseChain(program, inputs, scalars, out): DeviceBuffer[] {
      const made = program.results.map(() => context.allocate(out));
      if (elementCount(out.shape) === 0) return made;
      const chain: Chain = { program, inputs, scalars, shape: out.shape, made };
      if (!callCompiled(chain)) interpretChain(context, chain);
      return made;
    },
  };
}
