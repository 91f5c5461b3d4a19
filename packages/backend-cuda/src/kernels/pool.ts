import {
  elementCount,
  threeAxes,
  threePoolAxes,
  type Kernels,
  type PoolAxis,
  type TensorSpec,
} from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { memoryOf, type Memory } from '../cuda-buffer.ts';
import { mostSigned, mostUnsigned, requireCountable } from './countable.ts';
import { overBlocks, overElements } from './launching.ts';

/** How threads go over a tensor [N, C, …]: by vectors of channels. */
interface OverChannels {
  readonly width: 4 | 1;
  /** Vectors in all and of the channels, and channels. */
  readonly words: readonly [count: number, vectors: number, channels: number];
}

function overChannels({ shape }: TensorSpec): OverChannels {
  const channels = shape[1]!;
  const width = channels % 4 === 0 ? 4 : 1;
  const vectors = elementCount(shape) / width;
  requireCountable(
    'pool',
    { [width === 4 ? 'fours of channels' : 'elements']: vectors },
    mostUnsigned,
  );
  // Positions of a sample are named by an int32.
  requireCountable('pool', { 'positions of a sample': elementCount(shape.slice(2)) }, mostSigned);
  return { width, words: [vectors, channels / width, channels] };
}

/** Spatial extents as three. */
export function extentsOf({ shape }: TensorSpec): [number, number, number] {
  return threeAxes('cuda', shape.slice(2), 1);
}

/** The words of `Windows`. */
function windowWords(input: TensorSpec, output: TensorSpec, axes: readonly PoolAxis[]): number[] {
  return [
    ...extentsOf(input),
    ...extentsOf(output),
    ...threePoolAxes('cuda', axes).map(({ step }) => step),
  ];
}

/** The table that kernels read windows from: of each axis the starts, the ends and the divisors. */
function windowTable(context: KernelContext, axes: readonly PoolAxis[]): Memory {
  const three = threePoolAxes('cuda', axes);
  const table = new Int32Array(three.reduce((total, { start }) => total + 3 * start.length, 0));
  const floats = new Float32Array(table.buffer);
  let at = 0;
  for (const { start, end, count } of three) {
    table.set(start, at);
    table.set(end, at + start.length);
    floats.set(count, at + 2 * start.length);
    at += 3 * start.length;
  }
  return context.table(table);
}

/** The table of `Cover`: for each position along each axis the first window that may cover it, and behind the last. */
function coverTable(
  context: KernelContext,
  extents: readonly number[],
  axes: readonly PoolAxis[],
): Memory {
  const positions = extents.reduce((total, extent) => total + extent, 0);
  const table = new Int32Array(2 * positions);
  let before = 0;
  threePoolAxes('cuda', axes).forEach(({ start, end, step }, axis) => {
    const extent = extents[axis]!;
    const firsts = table.subarray(before, before + extent).fill(start.length);
    const ends = table.subarray(positions + before, positions + before + extent);
    for (let o = 0; o < start.length; o++) {
      for (let at = start[o]!; at < end[o]!; at += step) {
        firsts[at] = Math.min(firsts[at]!, o);
        ends[at] = o + 1;
      }
    }
    before += extent;
  });
  return context.table(table);
}

export function poolKernels(
  context: KernelContext,
): Pick<Kernels, 'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'> {
  return {
    maxPool(x, axes, out, returnIndices) {
      const values = context.allocate(out);
      requireCountable(
        'maxPool',
        { 'positions of a sample': elementCount(x.shape.slice(2)) },
        mostSigned,
      );
      const places = { shape: out.shape, dtype: 'int32' } as const;
      const indices = returnIndices ? context.allocate(places) : null;
      const placesMemory = indices?.memory ?? context.scratch(4 * elementCount(out.shape));
      const { width, words } = overChannels(out);
      context.launch(
        `max_pool_${width}`,
        overElements(words[0]),
        [memoryOf(x), values.memory, placesMemory, windowTable(context, axes)],
        [...words, ...windowWords(x, out, axes)],
      );
      return indices === null ? [values] : [values, indices];
    },

    maxPoolGrad(dy, indices, _, out) {
      const result = context.allocate(out);
      const { width, words } = overChannels(out);
      const [input, output] = [extentsOf(out), extentsOf(dy)];
      const outputs = elementCount(output);
      const positions = input[0] + input[1] + input[2];
      const boxes = context.scratch(6 * 4 * outputs);
      const cover = context.scratch(2 * 4 * positions);
      context.launch(
        'max_pool_boxes',
        overBlocks(outputs),
        [memoryOf(indices), boxes],
        [out.shape[0]!, out.shape[1]!, outputs, ...input],
      );
      context.fill(cover, 4, 0x7fffffff, positions);
      context.fill({ memory: cover, byteOffset: 4 * positions }, 4, 0, positions);
      context.launch(
        'max_pool_cover',
        overElements(outputs),
        [boxes, cover],
        [...input, ...output],
      );
      context.launch(
        `max_pool_grad_${width}`,
        overElements(words[0]),
        [memoryOf(dy), memoryOf(indices), cover, result.memory],
        [...words, ...input, ...output],
      );
      return result;
    },

    avgPool(x, axes, out) {
      const result = context.allocate(out);
      const { width, words } = overChannels(out);
      context.launch(
        `avg_pool_${width}`,
        overElements(words[0]),
        [memoryOf(x), result.memory, null, windowTable(context, axes)],
        [...words, ...windowWords(x, out, axes)],
      );
      return result;
    },

    avgPoolGrad(dy, axes, out) {
      const result = context.allocate(out);
      const { width, words } = overChannels(out);
      context.launch(
        `avg_pool_grad_${width}`,
        overElements(words[0]),
        [
          memoryOf(dy),
          result.memory,
          windowTable(context, axes),
          coverTable(context, extentsOf(out), axes),
        ],
        [...words, ...windowWords(out, dy, axes)],
      );
      return result;
    },
  };
}
