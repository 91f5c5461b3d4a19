import { elementCount, float16Bits, type DType, type Kernels } from '@convnet/tensor-core';

import { float, wide, type KernelContext, type Word } from '../commands/kernel-context.ts';

/** Elements that one thread of a long row writes at least. */
const blockSize = 256;
const mostBlocks = 65_536;

/** A value as an element of its type, in the low bits of a word. */
export function elementWord(value: number, dtype: DType): Word {
  if (dtype === 'float32') return float(value);
  if (dtype === 'float16') return float16Bits(value);
  if (dtype === 'bool') return Number(value !== 0);
  // Around 2^32, as integers go.
  return Math.trunc(value) | 0;
}

export function fillKernels(context: KernelContext): Pick<Kernels, 'fill'> {
  return {
    fill(out, value) {
      const result = context.allocate(out);
      const count = elementCount(out.shape);
      const elementBytes =
        out.dtype === 'float32' || out.dtype === 'int32' ? 4 : out.dtype === 'float16' ? 2 : 1;
      const blocks = Math.min(Math.ceil(count / blockSize), mostBlocks);
      context.launch(
        `fill_${elementBytes}`,
        { grid: [blocks, 1, 1], block: [blockSize, 1, 1] },
        [result.memory],
        [...wide(count), elementWord(value, out.dtype)],
      );
      return result;
    },
  };
}
