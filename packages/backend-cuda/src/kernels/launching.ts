import { bytesOf, type DType } from '@convnet/tensor-core';

import type { LaunchShape } from '../commands/kernel-context.ts';
import type { MemoryPart, Memory } from '../cuda-buffer.ts';

/** Threads of a block of kernels that go over elements one by one. */
export const blockThreads = 256;

/** Blocks that such a kernel has at most: their threads go on in steps of the grid. */
const mostBlocks = 2 ** 20;

/** A grid for `count` elements of which each thread takes `each` at a time. */
export function overElements(count: number, each = 1): LaunchShape {
  const blocks = Math.min(Math.ceil(count / (blockThreads * each)), mostBlocks);
  return { grid: [blocks, 1, 1], block: [blockThreads, 1, 1] };
}

/** A grid of one block for each of `count` things, which go on in steps of the grid. */
export function overBlocks(count: number, threads: number = blockThreads): LaunchShape {
  return { grid: [Math.min(count, 2 ** 30), 1, 1], block: [threads, 1, 1] };
}

/** Where element `offset` of a memory stands. */
export function partOf(memory: Memory, dtype: DType, offset: number): Memory | MemoryPart {
  return offset === 0 ? memory : { memory, byteOffset: offset * bytesOf[dtype] };
}
