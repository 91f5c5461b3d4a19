import { openScope, tensor, type Device } from '@convnet/tensor-core';

import type { Timing } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';
import type { KernelCase } from './cases.ts';
import { costOf, type KernelCost } from './cost.ts';
import { prepareKernel } from './prepare.ts';

/** What a kernel was measured to take and do. */
export interface SampledKernel extends KernelCost {
  /** Of a call: each sample is the mean of several. */
  readonly ms: Timing;
}

/** Milliseconds of a sample at least. A page that is not isolated reads its clock in steps of 0.1 ms. */
const sampleLength = 10;
const mostCalls = { forward: 4096, backward: 64 } as const;
const leastSamples = 5;

/** As `timeKernel`, for clocks that are too coarse for single calls: times as many together as take 10 ms. */
export async function timeInSamples(
  kernel: KernelCase,
  device: Device,
  milliseconds: number,
): Promise<SampledKernel> {
  using _ = openScope();
  const prepared = prepareKernel(kernel.spec, device);
  const { forward, backward } = prepared;
  const marker = tensor([0], { device });
  const cost = costOf(prepared);
  // A read waits for all that was asked of the device before.
  const forwards = async (calls: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) {
      using __ = openScope();
      forward();
    }
    await marker.item();
    return performance.now() - start;
  };
  const backwards = async (calls: number): Promise<number> => {
    using __ = openScope();
    const outputs = Array.from({ length: calls }, () => forward());
    await marker.item();
    const start = performance.now();
    for (const y of outputs) {
      using ___ = openScope();
      y.backward(y.detach());
    }
    await marker.item();
    return performance.now() - start;
  };
  const sample = backward ? backwards : forwards;
  const most = mostCalls[backward ? 'backward' : 'forward'];
  // The least of some, because a sample that was interrupted would be taken for long enough.
  const leastOf = async (calls: number): Promise<number> => {
    let least = Infinity;
    for (let i = 0; i < leastSamples && least >= sampleLength; i++) {
      least = Math.min(least, await sample(calls));
    }
    return least;
  };
  let calls = 1;
  while (calls < most && (await leastOf(calls)) < sampleLength) calls *= 2;
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  while (times.length < leastSamples || performance.now() < end) {
    times.push((await sample(calls)) / calls);
  }
  return { ms: timingOf(times), ...cost };
}
