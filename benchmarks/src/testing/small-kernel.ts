import { conv, randn } from '@convnet/tensor-core';

import type { KernelCase } from '../kernels/cases.ts';

/** A convolution that takes no time: 2 images, 3 channels to 4, 3×3, onto 6×6 positions. */
export function smallKernel(backward: boolean): KernelCase {
  const inputShape = [2, 3, 8, 8];
  return {
    name: 'small',
    dims: 2,
    inputShape,
    prepare: (device) => {
      const x = randn(inputShape, { device });
      const w = randn([4, 3, 3, 3], { device });
      x.requiresGrad = backward;
      w.requiresGrad = backward;
      return { forward: () => conv(x, w), backward };
    },
  };
}

/** Its multiply-accumulates in a forward pass. */
export const smallKernelMacs: number = 2 * 4 * 36 * 3 * 9;

/** Bytes of its input, weight and output. */
export const smallKernelBytes: number = 4 * (2 * 3 * 64 + 4 * 27 + 2 * 4 * 36);
