import { elementCount, threeAxes, type Kernels, type ResampleAxis } from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { memoryOf } from '../cuda-buffer.ts';
import { mostUnsigned, requireCountable } from './countable.ts';
import { overElements } from './launching.ts';
import { extentsOf } from './pool.ts';

const still: ResampleAxis = {
  first: Int32Array.of(0, 1),
  index: Int32Array.of(0),
  weight: Float32Array.of(1),
};

/** The rows of three axes as one table, and where in it each axis begins. */
function rowTable(axes: readonly ResampleAxis[]): {
  table: Int32Array<ArrayBuffer>;
  begins: number[];
} {
  const three = threeAxes('cuda', axes, still);
  const lengthOf = ({ first, index }: ResampleAxis): number => first.length + 2 * index.length;
  const table = new Int32Array(three.reduce((total, axis) => total + lengthOf(axis), 0));
  const floats = new Float32Array(table.buffer);
  let at = 0;
  const begins = three.map((axis) => {
    const begin = at;
    const { first, index, weight } = axis;
    table.set(first, begin);
    table.set(index, begin + first.length);
    floats.set(weight, begin + first.length + index.length);
    at += lengthOf(axis);
    return begin;
  });
  return { table, begins };
}

export function resampleKernels(context: KernelContext): Pick<Kernels, 'resample'> {
  return {
    resample(x, axes, out) {
      const result = context.allocate(out);
      const channels = out.shape[1]!;
      const width = channels % 4 === 0 ? 4 : 1;
      const count = elementCount(out.shape) / width;
      requireCountable(
        'resample',
        { [width === 4 ? 'fours of channels' : 'elements']: count },
        mostUnsigned,
      );
      const { table, begins } = rowTable(axes);
      context.launch(
        `resample_${width}`,
        overElements(count),
        [memoryOf(x), result.memory, context.table(table)],
        [count, channels / width, channels, ...extentsOf(x), ...extentsOf(out), ...begins],
      );
      return result;
    },
  };
}
