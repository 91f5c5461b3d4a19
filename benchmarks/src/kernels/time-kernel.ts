import type { Device } from '@convnet/tensor-core';
import { Bench } from 'tinybench';

import type { Timing } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';
import type { KernelCase } from './cases.ts';
import type { KernelCost } from './cost.ts';
import { KernelSteps } from './kernel-steps.ts';

/** What a kernel was measured to take and do. */
export interface KernelTime extends KernelCost {
  readonly ms: Timing;
}

export interface KernelTimeOptions {
  /** Least time to measure for, in milliseconds. */
  readonly time: number;
  readonly signal: AbortSignal;
}

/** Calls a kernel again and again for some time. Each call is timed until the device has done it. */
export async function timeKernel(
  kernel: KernelCase,
  device: Device,
  { time, signal }: KernelTimeOptions,
): Promise<KernelTime> {
  using steps = new KernelSteps(kernel.spec, device);
  const bench = new Bench({
    time,
    iterations: 10,
    warmupIterations: 5,
    warmupTime: time / 4,
    throws: true,
    retainSamples: true,
    signal,
  });
  const call = async () => ({ overriddenDuration: await steps.once() });
  const task = bench.add(kernel.name, call).tasks[0]!;
  await bench.run();
  signal.throwIfAborted();
  const { result } = task;
  if (!('latency' in result)) throw new Error(`no times of ${kernel.name}: ${result.state}`);
  return { ms: timingOf(result.latency.samples!), ...steps.cost };
}
