import type { Kernels } from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { convKernels } from './conv/index.ts';
import { fillKernels } from './fill.ts';
import { matmulKernels } from './matmul.ts';

/** All kernels, on the commands of one context. Scratch of a call goes back when it returns. */
export function cudaKernels(context: KernelContext): Partial<Kernels> {
  const kernels: Partial<Kernels> = {
    ...fillKernels(context),
    ...matmulKernels(context),
    ...convKernels(context, (...given) => kernels.pointwise!(...given)),
  };
  const wrapped = Object.entries(kernels).map(([name, kernel]) => [
    name,
    (...given: unknown[]): unknown =>
      context.call(() => (kernel as (...given: unknown[]) => unknown)(...given)),
  ]);
  return Object.fromEntries(wrapped) as Partial<Kernels>;
}
