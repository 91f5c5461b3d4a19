import type { Kernels, Operand } from '@convnet/tensor-core';

import type { CommandSink } from '../commands/command-sink.ts';
import type { Recorder } from '../commands/recorder.ts';
import { memoryOf } from '../gpu-buffer.ts';

/** Whether a kernel reads a weight in halves: a compiled network's, on a device that stores them so. */
export function readsHalves({ limits }: CommandSink, { isReused, dtype }: Operand): boolean {
  return isReused === true && dtype === 'float32' && limits.storage === 'float16';
}

/** What is known of weights, for a device that stores those of compiled networks in float16: halves are made when first read. */
export function reuseKernels(
  recorder: Recorder,
): Required<Pick<Kernels, 'willReuse' | 'endReuse'>> {
  return {
    willReuse(x, isDerived) {
      if (x.dtype !== 'float32') return;
      const memory = memoryOf(x);
      memory.reuse ??= { count: 0, isDerived, shape: x.shape };
      memory.reuse.count++;
      memory.reuse.isDerived &&= isDerived;
    },

    endReuse(x) {
      const memory = memoryOf(x);
      const { reuse } = memory;
      // It may have been freed since.
      if (!reuse) return;
      reuse.count--;
      if (reuse.count === 0) recorder.weights.end(memory);
    },
  };
}
