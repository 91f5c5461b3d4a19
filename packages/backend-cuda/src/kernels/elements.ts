import { bytesOf, elementCount, type DType, type Kernels } from '@convnet/tensor-core';

import { float, wide, type KernelContext } from '../commands/kernel-context.ts';
import { bytesFor, kernelType, memoryOf } from '../cuda-buffer.ts';
import { overElements } from './launching.ts';
import { fromRowMajor, isReordered } from './reorder.ts';

/** The type that a cast goes to, as kernels are named by it. */
const targetOf = (dtype: DType): string => (dtype === 'bool' ? 'bool' : kernelType(dtype));

/** Blocks of four numbers that a kernel spreads over channels, counted in 32 bits. */
const mostSpread = 2 ** 32 - 1;

export function elementKernels(context: KernelContext): Pick<Kernels, 'cast' | 'blend' | 'random'> {
  return {
    cast(x, out) {
      const result = context.allocate(out);
      const count = elementCount(out.shape);
      context.launch(
        `cast_${kernelType(x.dtype)}_${targetOf(out.dtype)}`,
        overElements(count, 4),
        [memoryOf(x), result.memory],
        wide(count),
      );
      return result;
    },

    blend(target, source, alpha, beta) {
      if (alpha === 0 && beta === 1) {
        context.copy(memoryOf(target), memoryOf(source), bytesFor(target));
        return;
      }
      const count = elementCount(target.shape);
      const factor = (value: number) => (target.dtype === 'float32' ? float(value) : value | 0);
      context.launch(
        `blend_${kernelType(target.dtype)}`,
        overElements(count, 4),
        [memoryOf(target), memoryOf(source)],
        [...wide(count), factor(alpha), factor(beta)],
      );
    },

    random(distribution, out, seed, offset) {
      const count = elementCount(out.shape);
      // Numbers are counted in logical order: four of a block stand apart in memory where there are channels inside.
      const positions = isReordered(out) ? elementCount(out.shape.slice(2)) : 0;
      const isSpread = positions > 0 && positions % 4 === 0 && count / 4 <= mostSpread;
      const isScattered = positions > 0 && !isSpread;
      const result = isScattered ? null : context.allocate(out);
      const memory = result?.memory ?? context.scratch(count * bytesOf[out.dtype]);
      context.launch(
        `random_${distribution}`,
        overElements(Math.ceil(count / 4)),
        [memory],
        [
          ...wide(count),
          ...wide(seed),
          ...wide(offset),
          isSpread ? out.shape[1]! : 0,
          isSpread ? positions / 4 : 0,
        ],
      );
      return result ?? fromRowMajor(context, memory, out);
    },
  };
}
