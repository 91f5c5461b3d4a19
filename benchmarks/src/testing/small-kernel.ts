import type { KernelCase } from '../kernels/cases.ts';

/** A convolution that takes no time: 2 images, 3 channels to 4, 3×3, onto 6×6 positions. */
export function smallKernel(backward: boolean): KernelCase {
  const shapes = { input: [2, 3, 8, 8], weight: [4, 3, 3, 3] };
  return {
    name: 'small',
    spec: { op: 'conv', ...shapes, stride: 1, padding: 0, groups: 1, backward },
  };
}

/** Its multiply-accumulates in a forward pass. */
export const smallKernelMacs: number = 2 * 4 * 36 * 3 * 9;

/** Bytes of its input, weight and output. */
export const smallKernelBytes: number = 4 * (2 * 3 * 64 + 4 * 27 + 2 * 4 * 36);
