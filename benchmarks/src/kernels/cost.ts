import { byteLength, discard, trace } from '@convnet/tensor-core';

import type { PreparedKernel } from './prepare.ts';

/** Work of one call. */
export interface KernelCost {
  readonly macs: number;
  readonly flops: number;
  /** Of its inputs and outputs, each counted once. */
  readonly bytes: number;
}

/** Counts the work of a kernel, in a call that is thrown away. */
export function costOf({ forward, backward }: PreparedKernel): KernelCost {
  // The two gradients of a convolution take as much as two forward passes.
  const passes = backward ? 2 : 1;
  let macs = 0;
  let flops = 0;
  let bytes = 0;
  trace(
    ({ operation, inputs, outputs, attributes }) => {
      const cost = operation.cost(inputs, outputs, attributes);
      macs += passes * cost.macs;
      flops += passes * cost.flops;
      for (const t of [...inputs, ...outputs]) bytes += t === null ? 0 : passes * byteLength(t);
    },
    () => discard(forward()),
  );
  return { macs, flops, bytes };
}
