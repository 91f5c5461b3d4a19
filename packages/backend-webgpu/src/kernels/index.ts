import type { Kernels } from '@convnet/tensor-core';

import type { CommandSink } from '../commands/command-sink.ts';
import { batchNormKernels } from './batch-norm.ts';
import { convKernels } from './conv/index.ts';
import { elementKernels } from './elements.ts';
import { gatherKernels } from './gather.ts';
import { matmulKernels } from './matmul.ts';
import { moveKernels } from './move.ts';
import { nmsKernels } from './nms.ts';
import { optimizerKernels } from './optimizer.ts';
import { orderKernels } from './order.ts';
import { pointwiseKernels } from './pointwise.ts';
import { pointwiseChainKernels } from './pointwise-chain.ts';
import { poolKernels } from './pool.ts';
import { reduceKernels } from './reduce.ts';
import { resampleKernels } from './resample.ts';
import { roiAlignKernels } from './roi-align.ts';
import { softmaxKernels } from './softmax.ts';

/** All kernels, with their commands going to `sink`. */
export function webgpuKernels(sink: CommandSink): Partial<Kernels> {
  const elements = elementKernels(sink);
  return {
    ...elements,
    ...pointwiseKernels(sink),
    ...pointwiseChainKernels(sink),
    ...moveKernels(sink, elements.fill),
    ...gatherKernels(sink, elements.fill),
    ...orderKernels(sink),
    ...reduceKernels(sink),
    ...matmulKernels(sink),
    ...convKernels(sink),
    ...poolKernels(sink),
    ...resampleKernels(sink),
    ...roiAlignKernels(sink),
    ...nmsKernels(sink),
    ...batchNormKernels(sink),
    ...softmaxKernels(sink),
    ...optimizerKernels(sink),
  };
}
