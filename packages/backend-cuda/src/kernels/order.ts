import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';

import { wide, type KernelContext } from '../commands/kernel-context.ts';
import { kernelType, memoryOf, type Memory } from '../cuda-buffer.ts';
import { linesAlong } from '../layout.ts';
import { mostSigned, mostUnsigned, requireCountable } from './countable.ts';
import { blockThreads, overBlocks, overElements } from './launching.ts';

/** Keys that a block sorts in shared memory. */
const keysOfBlock = 2048;
const bytesOfKey = 8;

/** From this extent on, and up to so many lines, a block adds a line up. */
const longLine = 128;
const fewLines = 16_384;

const powerOfTwoFrom = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(n, 1)));

/** Writes the int32 positions that sort each line of x along an axis, which lie as x does. */
export function sortPositions(
  context: KernelContext,
  x: Operand,
  axis: number,
  descending: boolean,
  target: Memory,
): void {
  const { outer, extent, inner } = linesAlong(x.shape, axis);
  const [lines, count] = [outer * inner, elementCount(x.shape)];
  if (count === 0) return;
  // A position is an int32.
  requireCountable('argsort', { 'elements of a line': extent }, mostSigned);
  requireCountable('argsort', { lines }, mostUnsigned);
  const padded = Math.min(powerOfTwoFrom(extent), keysOfBlock);
  const runsOfLine = Math.ceil(extent / padded);
  const linesOfBlock = runsOfLine > 1 ? 1 : Math.min(keysOfBlock / padded, powerOfTwoFrom(lines));
  const held = padded * linesOfBlock;
  const runs = runsOfLine === 1 ? null : context.scratch(bytesOfKey * count);
  const threads = Math.min(Math.max(held / 2, 32), blockThreads);
  context.launch(
    `sort_runs_${kernelType(x.dtype)}`,
    {
      ...overBlocks(Math.ceil(lines / linesOfBlock) * runsOfLine, threads),
      sharedBytes: bytesOfKey * held,
    },
    [memoryOf(x), runs === null ? target : null, runs],
    [lines, extent, inner, padded, linesOfBlock, runsOfLine, Number(descending)],
  );
  if (runs === null) return;
  let [from, to] = [runs, context.scratch(bytesOfKey * count)];
  for (let width = padded; width < extent; width *= 2) {
    const isLast = 2 * width >= extent;
    context.launch(
      'sort_merge',
      overElements(count),
      [from, isLast ? null : to, isLast ? target : null],
      [...wide(count), extent, inner, width],
    );
    [from, to] = [to, from];
  }
}

export function orderKernels(context: KernelContext): Pick<Kernels, 'argsort' | 'cumsum'> {
  return {
    argsort(x, axis, descending, out) {
      const result = context.allocate(out);
      sortPositions(context, x, axis, descending, result.memory);
      return result;
    },

    cumsum(x, axis, out) {
      const result = context.allocate(out);
      const { outer, extent, inner } = linesAlong(x.shape, axis);
      const lines = outer * inner;
      if (extent === 0) return result;
      requireCountable('cumsum', { lines, 'elements of a line': extent }, mostUnsigned);
      const isByBlocks = extent >= longLine && (inner === 1 || lines < fewLines);
      context.launch(
        `cumsum_${isByBlocks ? 'blocks' : 'lines'}_${kernelType(x.dtype)}`,
        isByBlocks ? overBlocks(lines) : overElements(lines),
        [memoryOf(x), result.memory],
        [lines, extent, inner],
      );
      return result;
    },
  };
}
