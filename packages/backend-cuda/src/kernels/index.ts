import type { Kernels } from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { batchNormKernels } from './batch-norm.ts';
import { convKernels, type ConvolutionChoice } from './conv/index.ts';
import { elementKernels } from './elements.ts';
import { fillKernels } from './fill.ts';
import { gatherKernels } from './gather.ts';
import { matmulKernels, type ProductChoice } from './matmul.ts';
import { moveKernels } from './move.ts';
import { nmsKernels } from './nms.ts';
import { optimizerKernels } from './optimizer.ts';
import { orderKernels } from './order.ts';
import { pointwiseKernels } from './pointwise.ts';
import { pointwiseChainKernels, type ChainChoice } from './pointwise-chain.ts';
import { poolKernels } from './pool.ts';
import { reduceKernels } from './reduce.ts';
import { resampleKernels } from './resample.ts';
import { reshapeKernels } from './reshape.ts';
import { roiAlignKernels } from './roi-align.ts';
import { softmaxKernels } from './softmax.ts';

/** Chooses between own kernels and libraries. */
export interface PlanChoice extends ProductChoice, ConvolutionChoice {}

/** What does the work of own kernels where it is there. */
export interface Helpers {
  readonly choice: PlanChoice | null;
  readonly chains: ChainChoice | null;
}

/** All kernels, on the commands of one context. Scratch of a call goes back when it returns. */
export function cudaKernels(context: KernelContext, { choice, chains }: Helpers): Partial<Kernels> {
  const { fill } = fillKernels(context);
  const kernels: Partial<Kernels> = {
    fill,
    ...reshapeKernels(context),
    ...elementKernels(context),
    ...pointwiseKernels(context),
    ...pointwiseChainKernels(context, chains),
    ...moveKernels(context, fill),
    ...gatherKernels(context, fill),
    ...orderKernels(context),
    ...reduceKernels(context),
    ...poolKernels(context),
    ...resampleKernels(context),
    ...roiAlignKernels(context),
    ...nmsKernels(context),
    ...batchNormKernels(context),
    ...softmaxKernels(context),
    ...optimizerKernels(context),
    ...matmulKernels(context, choice, (...given) => kernels.pointwise!(...given)),
    ...convKernels(context, choice, (...given) => kernels.pointwise!(...given)),
  };
  const wrapped = Object.entries(kernels).map(([name, kernel]) => [
    name,
    (...given: unknown[]): unknown =>
      context.call(() => (kernel as (...given: unknown[]) => unknown)(...given)),
  ]);
  return Object.fromEntries(wrapped) as Partial<Kernels>;
}
