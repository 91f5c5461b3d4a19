import { bytesOf, elementCount, float16Bits, type DType, type Kernels } from '@convnet/tensor-core';

import { float, type KernelContext, type Word } from '../commands/kernel-context.ts';

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
      const elementBytes = bytesOf[out.dtype] as 1 | 2 | 4;
      const count = elementCount(out.shape);
      context.fill(result.memory, elementBytes, elementWord(value, out.dtype), count);
      return result;
    },
  };
}
